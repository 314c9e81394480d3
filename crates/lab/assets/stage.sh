# Runs a script inside an overlay, in a private mount namespace: nothing stays mounted however it ends.
# Arguments: MERGED LOWER UPPER WORK; the script for the inside comes on standard input.
set -eu
merged=$1
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3,workdir=$4" "$merged"
mount -t proc proc "$merged/proc"
rm -f "$merged/etc/resolv.conf"
cat /etc/resolv.conf > "$merged/etc/resolv.conf"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$merged" sh -eu
