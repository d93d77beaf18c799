#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the guest's file system: busybox, a minimal Java runtime with the libraries it is linked to, and the given files.
#   initramfs.sh OUTPUT JAVA_HOME FILE...      every FILE goes to /iopf
set -eu

guest=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=$1
java=$2
shift 2
root=$(mktemp -d "$output.XXXXXX")
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/root" "$root/iopf"
cp /bin/busybox "$root/bin/busybox"
for applet in sh mount cat echo grep wc sleep kill poweroff dmesg mkdir test; do
    ln -s busybox "$root/bin/$applet"
done
"$java/bin/jlink" --add-modules java.base,java.logging,java.management,java.xml,jdk.net,jdk.unsupported \
    --strip-debug --no-header-files --no-man-pages --output "$root/java"
# Shared classes: without them a start takes twice as long.
"$root/java/bin/java" -XX:+UseSerialGC -Xshare:dump >/dev/null

# What the runtime is linked to: the C library, its loader and its neighbours. JNA's own library needs no other.
find "$root/java" -type f \( -name '*.so' -o -name java \) -exec ldd {} + 2>/dev/null |
    sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\) .*/\1/p' | sort -u |
    grep -v "^$root" | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done

cp "$@" "$root/iopf"
cp "$guest/init" "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$output"
