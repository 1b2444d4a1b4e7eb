#!/bin/sh
# Runs a command with a limit on its memory, page cache included, after dropping the page cache.
#
#   bench/cgroup.sh 400m COMMAND [ARGUMENT...]
#
# Needs root. The control group (version 1 where it is mounted, else version 2) lives as long as the command.
# A page that another group has read is not charged here: that is why the cache is dropped first.
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
limit=$1
shift
case $limit in
    *[kKmMgG]) number=${limit%?} ;;
    *) number=$limit ;;
esac
case $number in
    '' | *[!0-9]*) echo "not a size: $limit" >&2; exit 2 ;;
esac
case $limit in
    *[kK]) limit=$((number * 1024)) ;;
    *[mM]) limit=$((number * 1024 * 1024)) ;;
    *[gG]) limit=$((number * 1024 * 1024 * 1024)) ;;
esac

if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
    group=/sys/fs/cgroup/memory/kvarts-bench-$$
    file=memory.limit_in_bytes
else
    group=/sys/fs/cgroup/kvarts-bench-$$
    file=memory.max
fi
mkdir "$group"
# A group cannot be removed while its last pages are being given back.
trap 'for try in 1 2 3 4 5; do rmdir "$group" 2>/dev/null && break; sleep 1; done' EXIT
echo "$limit" >"$group/$file"
# The last statement of the subshell becomes the command, inside the group.
sync
echo 3 >/proc/sys/vm/drop_caches
status=0
sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@" || status=$?
exit "$status"
