# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by run.sh and test.sh: install what is missing, configure, build.
# Sourced, not run. Speaks only when there is something to do.

pef_top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # used by the scripts that source this one
pef_packages=(gcc cmake ninja-build pkg-config device-tree-compiler liburcu-dev libfdt-dev libdw-dev libcmocka-dev)

pef_missing() {
	local package
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
	done
}

pef_stop() {
	printf '%s\n' "$@" >&2
	exit 1
}

# Install Debian packages, as root or through sudo; else say what to install.
pef_install() {
	command -v dpkg-query >/dev/null 2>&1 || {
		pef_check_tools
		return
	}
	local missing as_root=()
	mapfile -t missing < <(pef_missing "$@")
	[ ${#missing[@]} -eq 0 ] && return
	local advice="pefsim needs these packages: ${missing[*]}"
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root=(sudo -n)
		[ ${#as_root[@]} -gt 0 ] || pef_stop "$advice" "Not root, and sudo wants a password. Install them with:" \
			"  sudo apt-get install ${missing[*]}"
	fi
	echo "installing ${missing[*]}" >&2
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1 && return
	"${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null ||
		pef_stop "$advice" "apt-get could not install them (no network?). Install them by hand, then run this again."
}

# A host without dpkg: the programs at least must be there.
pef_check_tools() {
	local tool
	for tool in cmake ninja pkg-config dtc; do
		command -v "$tool" >/dev/null 2>&1 ||
			pef_stop "pefsim needs '$tool' and this is not a Debian system: install it, and the headers of" \
				"liburcu, libfdt, libdw and cmocka, then run this again."
	done
}

# Configure once and build quietly: output only when something fails.
pef_build() {
	local preset=$1 log
	log=$(mktemp)
	cd "$pef_top" || exit 1
	if [ ! -f "build/$preset/build.ninja" ]; then
		echo "configuring ($preset)" >&2
		cmake --preset "$preset" >"$log" 2>&1 || {
			cat "$log" >&2
			rm -f "$log"
			pef_stop "configuring failed"
		}
	fi
	ninja -C "build/$preset" "${@:2}" >"$log" 2>&1 || {
		cat "$log" >&2
		rm -f "$log"
		pef_stop "building failed"
	}
	rm -f "$log"
}

# Run the tests of a build and say how many cases ran: a program has many.
pef_test() {
	local preset=$1 log status=0 passed failed
	shift
	log=$(mktemp)
	(cd "$pef_top/build/$preset" && ctest --output-on-failure -j "$(nproc)" --timeout 600 \
		--test-output-size-passed 10000000 --output-junit "$log" "$@") || status=$?
	passed=$(grep -c '^\[       OK \]' "$log") || true
	failed=$(grep -c '^\[  FAILED  \] test' "$log") || true
	rm -f "$log"
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	printf '%s: test cases of all programs, one line for all\n%s passed, %s failed\n' "$preset" "$passed" "$failed"
	return "$status"
}
