"""Gives the wheel the names that stand in runtime.in, so that they are written once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RuntimeNames(MetadataHookInterface):
    """Fills `dependencies` from requirements/runtime.in."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set metadata["dependencies"] to the requirement lines of runtime.in."""
        names = Path(self.root) / "requirements" / "runtime.in"
        lines = [line.strip() for line in names.read_text(encoding="utf-8").splitlines()]
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
