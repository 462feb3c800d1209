"""Fetches the page's libraries with `npm pack` and writes them to api/web/vendor, with their licences and a manifest.

The page has no build step and no import map (its content policy allows none inside the page), so what a library imports
by name is rewritten to the file beside it. Needs npm; run it only to move a version, then look at the difference.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "api" / "web" / "vendor"

# package, version, licence, file in the package, file here
LIBRARIES = (
    ("preact", "11.2.0", "MIT", "dist/preact.mjs", "preact.js"),
    ("preact", "11.2.0", "MIT", "hooks/dist/hooks.mjs", "preact-hooks.js"),
    ("@preact/signals-core", "1.14.5", "MIT", "dist/signals-core.mjs", "signals-core.js"),
    ("@preact/signals", "2.11.4", "MIT", "dist/signals.mjs", "signals.js"),
    ("htm", "3.1.1", "Apache-2.0", "dist/htm.mjs", "htm.js"),
    ("uplot", "1.6.32", "MIT", "dist/uPlot.iife.min.js", "uplot.js"),
    ("uplot", "1.6.32", "MIT", "dist/uPlot.min.css", "uplot.css"),
    ("jsqr", "1.4.0", "Apache-2.0", "dist/jsQR.js", "jsqr.js"),
    ("swagger-ui-dist", "5.35.0", "Apache-2.0", "swagger-ui-bundle.js", "swagger-ui.js"),
    ("swagger-ui-dist", "5.35.0", "Apache-2.0", "swagger-ui.css", "swagger-ui.css"),
)
IMPORTS = {
    'from"preact"': 'from"./preact.js"',
    'from"preact/hooks"': 'from"./preact-hooks.js"',
    'from"@preact/signals-core"': 'from"./signals-core.js"',
}
# The content policy fetches no picture that stands in a style; what is lost are arrows and backgrounds.
PICTURE = re.compile(r"""url\((?:"data:(?:[^"\\]|\\.)*"|data:[^)]*)\)""")
# What comes with a library that is made of others; their licences count too.
NOTICES = ("LICENSE", "NOTICE")
# Scripts that are no modules yet.
EXPORTS = {"uplot.js": "export default uPlot;\n", "jsqr.js": "export default self.jsQR;\n"}


def unpack(package: str, version: str, folder: Path) -> Path:
    """The contents of a published package."""
    command = ["npm", "pack", f"{package}@{version}", "--silent"]
    archive = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    target = folder / archive.removesuffix(".tgz")
    with tarfile.open(folder / archive) as packed:
        packed.extractall(target, filter="data")
    return target / "package"


def as_module(text: str, name: str) -> str:
    """The library as a module that finds its neighbours; without the reference to a source map that is not kept."""
    for written, found in IMPORTS.items():
        text = text.replace(written, found)
    kept = [line for line in text.split("\n") if not line.startswith("//# sourceMappingURL=")]
    text = "\n".join(kept).split("//# sourceMappingURL=")[0].rstrip() + "\n"
    return text + EXPORTS.get(name, "")


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    manifest = []
    with tempfile.TemporaryDirectory() as scratch:
        for package, version, licence, source, name in LIBRARIES:
            unpacked = unpack(package, version, Path(scratch))
            content = as_module((unpacked / source).read_text(encoding="utf-8"), name)
            if name.endswith(".css"):
                content = PICTURE.sub("none", content)
            (VENDOR / name).write_text(content, encoding="utf-8")
            notice = f"LICENSE-{package.replace('@', '').replace('/', '-')}.txt"
            texts = [
                unpacked / each for each in (*NOTICES, *(path.name for path in unpacked.glob(f"{source}.LICENSE*")))
            ]
            if source.endswith(".js") or not (VENDOR / notice).exists():
                (VENDOR / notice).write_bytes(b"\n".join(each.read_bytes() for each in texts if each.is_file()))
            digest = hashlib.sha256(content.encode()).hexdigest()
            manifest.append(
                {
                    "file": name,
                    "package": package,
                    "version": version,
                    "source": source,
                    "licence": licence,
                    "notice": notice,
                    "sha256": digest,
                }
            )
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
