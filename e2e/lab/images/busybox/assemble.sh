#!/bin/sh
# Puts a root file system of busybox and getent into the folder $1.
set -eu
root=$1
mkdir -p "$root/bin" "$root/dev" "$root/etc" "$root/home" "$root/proc" "$root/root" "$root/sys" "$root/tmp" "$root/usr/bin" "$root/usr/sbin" "$root/var/spool/mail" "$root/var/www"
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
ln -s bin "$root/sbin"
cp /bin/busybox "$root/bin/busybox"
for applet in $(/bin/busybox --list); do
	# dpkg and rpm are no part of the real image, and an `ar` that finds no packages helps nobody.
	case $applet in busybox | dpkg | dpkg-deb | rpm | rpm2cpio) continue ;; esac
	ln -s busybox "$root/bin/$applet"
done
# The real image has env here, too; scripts begin with it.
ln -s ../../bin/env "$root/usr/bin/env"
cp /usr/bin/getent "$root/bin/getent"
ldd /usr/bin/getent | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done
cp -L /lib/*/libresolv.so.2 "$root$(dirname "$(ls /lib/*/libresolv.so.2)")/"
cp /etc/services /etc/protocols "$root/etc/"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
cat >"$root/etc/passwd" <<'EOF'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
EOF
cat >"$root/etc/group" <<'EOF'
root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
kmem:x:9:
www-data:x:33:
users:x:100:
nobody:x:65534:
EOF
printf 'root:*:::::::\n' >"$root/etc/shadow"
