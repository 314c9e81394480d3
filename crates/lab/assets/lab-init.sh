#!/bin/sh
# Runs as the host's pid 1 before systemd: opens what systemd-nspawn leaves read-only, then becomes systemd.

# A plain remount of a cgroup file system fails (EBUSY); a bind remount of each mount does not.
grep ' /sys/fs/cgroup' /proc/mounts | while read -r _ where _; do mount -o remount,rw,bind "$where"; done

# Sysctls that no namespace separates: the host gets its own writable copies, the machine's values stay.
mkdir -p /run/lab-sysctl
for key in vm/overcommit_memory vm/panic_on_oom vm/swappiness vm/max_map_count kernel/panic kernel/panic_on_oops \
  kernel/pid_max kernel/keys/root_maxkeys kernel/keys/root_maxbytes fs/file-max fs/nr_open \
  fs/inotify/max_user_instances fs/inotify/max_user_watches fs/may_detach_mounts; do
  [ -e "/proc/sys/$key" ] || continue
  copy=/run/lab-sysctl/$(echo "$key" | tr / .)
  cat "/proc/sys/$key" > "$copy"
  mount --bind "$copy" "/proc/sys/$key"
done
exec /lib/systemd/systemd
