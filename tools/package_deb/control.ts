/** The texts of a Debian package: control, changelog, version. Pure. */

/** What a package is made of. */
export interface DebOptions {
  /** A file. */
  readonly executable: string;
  /** Debian's name of the processor. */
  readonly arch: string;
  /** As debianVersion gives it. */
  readonly version: string;
  /** `NAME <MAIL>`. */
  readonly maintainer: string | undefined;
}

/** The project has no address of its own. */
const NO_MAINTAINER = "The Midge authors <midge@packages.invalid>";

/** `0.2.0-beta.1` of npm's kind is older than `0.2.0`: `0.2.0~beta.1-1`. */
export function debianVersion(version: string): string {
  return `${version.replace("-", "~")}-1`;
}

/** DEBIAN/control; `size`: of all files, bytes. */
export function controlText({ arch, version, maintainer }: DebOptions, size: number): string {
  return `Package: midge-broker
Version: ${version}
Section: net
Priority: optional
Architecture: ${arch}
Maintainer: ${maintainer ?? NO_MAINTAINER}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: adduser, init-system-helpers (>= 1.54~), libc6 (>= 2.31), libgcc-s1
Conflicts: midge
Description: MQTT 5, 3.1.1 and 3.1 broker in one executable
 Midge is a broker for MQTT over TCP, TLS, WebSocket and Unix sockets, with
 access rules and passwords, a dashboard, metrics, and storage that keeps what
 it has acknowledged over a power cut.
 .
 The package's configuration asks everyone for a password. It conflicts with
 midge, a MIDI tool, which has the same /usr/bin/midge.
`;
}

/** changelog.Debian; `date`: when the package is made. */
export function changelogText({ version, maintainer }: DebOptions, date: Date): string {
  const when = date.toUTCString().replace("GMT", "+0000");
  return `midge-broker (${version}) stable; urgency=medium

  * What has changed stands in CHANGELOG.md.gz.

 -- ${maintainer ?? NO_MAINTAINER}  ${when}
`;
}
