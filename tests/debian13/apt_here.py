# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What this machine's apt is set to: where it gets Debian from, and through which proxy. apt reads its own files, in
whichever form they are; no host is named here."""

import re
import subprocess

TARGETS = ["indextargets", "--format", "$(REPO_URI) $(COMPONENT) $(RELEASE) $(LABEL)", "Created-By: Packages"]
UNKNOWN = "$(LABEL)"  # apt leaves a word that has no value as it is
SCHEMES = ("http://", "https://")  # those that debootstrap knows and that reach the same from inside the folder
KINDS = ("-security", "-updates", "-backports", "-proposed-updates", "/updates")  # other archives, and parts of one


class CannotAsk(Exception):
    """apt does not say."""


def mirrors(targets):
    """Places of Debian's main archive, in apt's order, of what listed() says."""
    found = []
    for line in targets.splitlines():
        uri, component, release, label = (line.split(" ", 3) + [""] * 3)[:4]
        if component != "main" or release.endswith(KINDS) or label not in ("Debian", UNKNOWN):
            continue
        if uri.startswith(SCHEMES) and uri not in found:
            found.append(uri)
    return found


def settings(dumped):
    """Of `apt-config dump`: the lines that say how to get at a mirror, for the apt of the root folder."""
    wanted = r"Acquire::(https?::(Proxy|No-Cache|Pipeline-Depth|Timeout)\b|Check-(Valid-Until|Date)\b|Retries\b)"
    return [line for line in dumped.splitlines() if re.match(wanted, line) and not line.endswith(' "";')]


def proxies(dumped, environment):
    """http_proxy and its like for debootstrap's wget: the environment's, else apt's. DIRECT is apt's word for none."""
    chosen = {name: environment[name] for name in ("http_proxy", "https_proxy", "no_proxy") if environment.get(name)}
    for scheme, value in re.findall(r'^Acquire::(https?)::Proxy "(.+)";$', dumped, re.M):
        if value != "DIRECT":
            chosen.setdefault(f"{scheme}_proxy", value)
    return chosen


def ask(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotAsk(f"{command[0]}: {error}") from None
    if done.returncode:
        raise CannotAsk(f"{command[0]}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
    return done.stdout


def listed(*more):
    """What apt may fetch, a line each. Whose archive it is (the label) is known only after an `apt-get update`; before
    one apt lists nothing unless it is asked for what is without."""
    return ask("apt-get", *more, *TARGETS) or ask("apt-get", *more, *TARGETS, "--no-release-info")
