# Makes the image that ansible-core's own integration targets run on: what their tasks and scripts call, Python
# without Ansible for those that are written in it, the targets' source, and ansible-core in a corner of its own.
version=$1
# pip goes by the machine's certificates and index, which apt's part of the image does not cover.
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\ndisable-pip-version-check = true\n' > /etc/pip.conf
apt-get -qq update
apt-get -qq -y --no-install-recommends install >/dev/null \
  acl attr bsdextrautils bzip2 debconf-utils dpkg-dev equivs file gawk gcc git gnupg iptables jq kmod \
  libc6-dev libfile-fcntllock-perl locales lsb-release make man-db nano openssl psmisc rsync screen sshpass subversion \
  tar tzdata unzip util-linux-extra uuid-runtime xz-utils zip zstd \
  python3 python3-apt python3-debian python3-dev python3-distutils python3-pip python3-venv python3-virtualenv
apt-get clean
sed -i 's/^# *en_US.UTF-8/en_US.UTF-8/' /etc/locale.gen
locale-gen >/dev/null
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
python3 -m pip install --quiet --root-user-action=ignore \
  PyYAML jinja2 cryptography packaging 'resolvelib<2' passlib pexpect bcrypt setuptools wheel
python3 -m venv /opt/reference
/opt/reference/bin/pip install --quiet "ansible-core==$version" passlib jmespath netaddr bcrypt pexpect
mkdir -p /opt/sdist
cd /opt/sdist
/opt/reference/bin/pip download --quiet --no-deps --no-binary :all: "ansible-core==$version"
tar xf ./*.tar.gz --strip-components=1
rm ./*.tar.gz
# Targets log in to the host they run on.
mkdir -p -m 700 /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
ln -sf /dev/null /etc/systemd/system/man-db.timer
