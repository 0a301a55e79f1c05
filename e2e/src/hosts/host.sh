#!/usr/bin/env bash
# host.sh NAME FOLDER STATE CLIENT SUBNET: the first process of a host (Host.ts), in a network, a host name, a
# process tree and mounts of its own. It mounts the file server's folder at STATE and runs a Docker engine with
# its data in FOLDER. When this process ends, the kernel ends every process of the host at once, as a power cut
# does.
set -euo pipefail
name=$1 folder=$2 state=$3 client=$4 subnet=$5
exec >>"$folder/host.log" 2>&1

hostname "$name"
mount --make-rprivate /
# The devices of this network in /sys, with the control groups that are mounted below it.
mkdir -p "$folder/cgroup"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
umount --lazy "$folder/cgroup"
# An engine without a containerd of its own would use the machine's.
mkdir -p /run/containerd
mount -t tmpfs tmpfs /run/containerd
# Nothing is cached: as with NFS, a file that is opened is the file server's present one.
glusterfs --no-daemon --volfile "$client" --log-file "$folder/glusterfs.log" \
  --attribute-timeout=0 --entry-timeout=0 --negative-timeout=0 "$state" &
for _ in {1..300}; do
  ! mountpoint --quiet "$state" || break
  sleep 0.1
done
mountpoint --quiet "$state"
dockerd --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/docker.pid" \
  --host "unix://$folder/docker.sock" --cgroup-parent "/service-bots-hosts/$name" \
  --insecure-registry "$subnet" &
wait
