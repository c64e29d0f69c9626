"""A compositor that draws, of a partial update, only the widgets and lines that have changed.

Textual draws every widget within the rectangle around all changes. In the workbench a frame of a
stream changes a line of code on one side and the waterfall on the other, and whoever types adds the
search field in the far corner: that rectangle is the screen. Drawing all of it was most of what a
frame cost (``make bench-tui``).

This leans on a private method of Textual. Where a later version no longer calls it, updates are
drawn as Textual draws them: correct, and slower, which a test tells.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: list[Region] = []

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed since the last update; None when nothing has."""
        self._changed = list(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = []

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Each widget's region, the part of it that is drawn, and the lines of that part."""
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        changed = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            visible = region.intersection(clip)
            touched = [visible.intersection(part) for part in changed if visible.overlaps(part)]
            if touched:
                # Whole lines of the widget, because what is drawn is cut where widgets begin and end.
                lines = Region.from_union(touched)
                drawn = Region(visible.x, lines.y, visible.width, lines.height)
                yield region, drawn, widget.render_lines(drawn.translate(-region.offset))
