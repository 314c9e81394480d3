# (bash) Keeps one lab host running: systemd-nspawn ends with 133 when the host reboots, and is then started again.
# Arguments: PIDFILE CGROUPS COMMAND...; CGROUPS lists the directories the host's processes are to live in.
pidfile=$1 cgroups=$2
shift 2
# The host outlives the program that started it, and must not hold that program's files and locks.
for fd in /proc/$$/fd/*; do
  fd=${fd##*/}
  if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
done
read -r stat < "/proc/$$/stat"
rest=${stat##*) }
set -f
start=$(set -- $rest; shift 19; echo "$1")
echo "$$ $start" > "$pidfile.new" && mv "$pidfile.new" "$pidfile"
while :; do
  # The container joins its cgroups before nspawn starts, so its cgroup namespace begins there.
  sh -c 'list=$1; shift
    while read -r dir; do echo $$ > "$dir/cgroup.procs" || exit 1; done < "$list"
    exec "$@"' sh "$cgroups" "$@"
  [ $? = 133 ] || break
done
