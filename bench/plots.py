"""Bar charts as SVG: a bar for the median, a line from the lowest to the highest round."""
import math
from html import escape

COLOURS = {"ordersd": "#2f6fde", "streams": "#dd8434", "floor": "#8b929c"}
WIDTH, LABELS, VALUES = 800, 300, 110
ROW, BAR, TOP, BOTTOM = 30, 18, 46, 34


def colour(system):
    return COLOURS.get(system.split("_")[0], COLOURS["ordersd"])


def scale_of(rows, log):
    """Value to x, from 0 (or a power of ten) to the longest bar."""
    high = max(row["max"] for row in rows) or 1
    width = WIDTH - LABELS - VALUES
    if not log:
        return lambda value: value / high * width, ticks(high)
    low = 10 ** math.floor(math.log10(min(row["min"] for row in rows if row["min"] > 0) * 0.99))
    decades = math.log10(high / low) or 1
    powers = range(round(math.log10(low)), math.floor(math.log10(high)) + 1)
    return lambda value: max(math.log10(max(value, low) / low), 0) / decades * width, [10.0**power for power in powers]


def ticks(high):
    step = 10 ** math.floor(math.log10(high))
    while high / step < 3:
        step /= 2
    return [step * number for number in range(int(high / step) + 1)]


def short(value):
    return f"{value / 1000:,.10g} k" if value >= 1000 else f"{value:.10g}"


def bars(title, unit, rows, digits, log=False):
    """rows: label, system, median, min, max. All values above 0 where `log`."""
    x_of, marks = scale_of(rows, log)
    height = TOP + ROW * len(rows) + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           f'font-family="sans-serif" font-size="13" role="img" aria-label="{escape(title)}">',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="12" y="24" font-size="15" font-weight="bold" fill="#1c2128">{escape(title)}</text>']
    for mark in marks:
        x = LABELS + x_of(mark)
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - BOTTOM}" stroke="#dfe3e8"/>')
        out.append(f'<text x="{x:.1f}" y="{height - BOTTOM + 16}" text-anchor="middle" font-size="11" '
                   f'fill="#57606a">{short(mark)}</text>')
    out.append(f'<text x="{WIDTH - 12}" y="{height - BOTTOM + 16}" text-anchor="end" font-size="11" '
               f'fill="#57606a">{escape(unit)}{", logarithmic" if log else ""}</text>')
    for index, row in enumerate(rows):
        out += bar(row, TOP + ROW * index, x_of, digits)
    return "\n".join(out) + "\n</svg>\n"


def bar(row, top, x_of, digits):
    middle = top + ROW / 2
    low, high = LABELS + x_of(row["min"]), LABELS + x_of(row["max"])
    yield (f'<text x="{LABELS - 10}" y="{middle + 4:.1f}" text-anchor="end" fill="#1c2128">'
           f'{escape(row["label"])}</text>')
    yield (f'<rect x="{LABELS}" y="{middle - BAR / 2:.1f}" width="{max(x_of(row["median"]), 1):.1f}" height="{BAR}" '
           f'fill="{colour(row["system"])}"/>')
    if row["max"] > row["min"]:
        end = f"{middle - 4:.1f}v8"
        yield (f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {end}M{high:.1f} {end}" '
               'stroke="#1c2128" fill="none"/>')
    yield f'<text x="{high + 8:.1f}" y="{middle + 4:.1f}" fill="#1c2128">{row["median"]:,.{digits}f}</text>'
