#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the path of the test kernel's image; builds it first, once for this source package and this configuration, in
# $XDG_CACHE_HOME/iopf (or ~/.cache/iopf). Takes some minutes then.
set -eu

guest=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
packages='linux-source-6.12 gcc make flex bison bc libc6-dev libelf-dev xz-utils cpio busybox-static qemu-system-x86'

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "-Pkernel needs packages that are not installed; this installs them:" >&2
    echo "apt-get install --no-install-recommends$missing" >&2
    exit 2
fi

source=/usr/src/linux-source-6.12.tar.xz
version=$(dpkg-query -W -f '${Version}' linux-source-6.12)
key=$( (echo "$version"; cat "$guest/kernel.config") | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/iopf
image=$cache/linux-6.12-$key
if [ ! -f "$image" ]; then
    echo "building the test kernel $version, once; the log is $cache/build.log" >&2
    mkdir -p "$cache"
    build=$(mktemp -d "$cache/build.XXXXXX")
    trap 'rm -rf "$build"' EXIT
    {
        mkdir "$build/src" &&
            tar -C "$build/src" --strip-components=1 -xf "$source" &&
            make -C "$build/src" O="$build/out" ARCH=x86_64 KCONFIG_ALLCONFIG="$guest/kernel.config" allnoconfig &&
            make -C "$build/src" O="$build/out" ARCH=x86_64 -j"${KERNEL_JOBS:-$(nproc)}" bzImage
    } >"$cache/build.log" 2>&1 || {
        tail -n 20 "$cache/build.log" >&2
        echo "the test kernel could not be built; the log is $cache/build.log" >&2
        exit 1
    }
    cp "$build/out/arch/x86/boot/bzImage" "$image.new"
    mv "$image.new" "$image"
fi
echo "$image"
