package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	width, height       = 640, 460
	left, right, bottom = 70, 20, 50
)

// top is where the lines may begin, below the legend.
func (c chart) top() int { return 58 + 16*len(c.series) }

// milliseconds is what is drawn.
func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// axis maps values to places.
type axis struct {
	low, high   float64
	from, to    float64
	logarithmic bool
}

func (a axis) place(value float64) float64 {
	low, high := a.low, a.high
	if a.logarithmic {
		value, low, high = math.Log10(max(value, a.low)), math.Log10(a.low), math.Log10(a.high)
	}

	return a.from + (value-low)/(high-low)*(a.to-a.from)
}

// ticks are powers of ten, or round numbers.
func (a axis) ticks() []float64 {
	var ticks []float64

	if a.logarithmic {
		for value := math.Pow(10, math.Ceil(math.Log10(a.low)-1e-9)); value <= a.high*1.0001; value *= 10 {
			ticks = append(ticks, value)
		}

		return ticks
	}

	for i := 0; float64(i)*roundStep(a.high) <= a.high*1.0001; i++ {
		ticks = append(ticks, float64(i)*roundStep(a.high))
	}

	return ticks
}

// roundStep is 1, 2 or 5 times a power of ten, so that four to ten steps make
// `high`.
func roundStep(high float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(high/4)))

	for _, factor := range []float64{5, 2} {
		if factor*power <= high/4 {
			return factor * power
		}
	}

	return power
}

// number is how people write it: no exponents, no needless digits.
func number(value float64) string {
	text := fmt.Sprintf("%.6f", value)
	if value >= 1000 {
		whole := fmt.Sprintf("%.0f", value)
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + "," + whole[at:]
		}

		return whole
	}

	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

func (c chart) axes(logarithmic bool) (x, y axis) {
	x = axis{from: left, to: width - right, logarithmic: logarithmic}
	y = axis{from: height - bottom, to: float64(c.top()), logarithmic: logarithmic}

	if logarithmic {
		x.low, y.low = 1, math.Inf(1)
	}

	for _, s := range c.series {
		for _, p := range s.points {
			x.high = max(x.high, float64(p.iterations))
			y.high = max(y.high, milliseconds(p.total))

			if logarithmic {
				y.low = min(y.low, max(milliseconds(lowest(s, p)), 1e-3))
			}
		}
	}

	if logarithmic { // whole powers of ten
		y.low = math.Pow(10, math.Floor(math.Log10(y.low)))
		x.high, y.high = math.Pow(10, math.Ceil(math.Log10(max(x.high, 2)))), math.Pow(10, math.Ceil(math.Log10(y.high)))
	}

	return x, y
}

// lowest is the least that is drawn of a point.
func lowest(s series, p point) time.Duration {
	if s.native() {
		return p.total
	}

	return p.run
}

// lines draws the whole times, and dashed what the contracts themselves took.
func lines(c chart, logarithmic bool) string {
	x, y := c.axes(logarithmic)

	var out strings.Builder

	begin(&out, c.title, height)
	fmt.Fprintf(&out, `<text x="%d" y="38">solid: all that Dela waits; dashed: the interpreter alone</text>`+"\n", left)

	for _, tick := range y.ticks() {
		fmt.Fprintf(&out, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, y.place(tick), width-right, left-6, y.place(tick)+4, number(tick))
	}

	for _, tick := range x.ticks() {
		fmt.Fprintf(&out, `<path d="M%.1f %dV%d" stroke="#eee"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x.place(tick), c.top(), height-bottom, x.place(tick), height-bottom+18, number(tick))
	}

	fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="middle">N%s</text>`+"\n", (left+width-right)/2, height-12, scale(logarithmic))
	fmt.Fprintf(&out, `<text transform="translate(16 %d) rotate(-90)" text-anchor="middle">milliseconds%s</text>`+"\n",
		(c.top()+height-bottom)/2, scale(logarithmic))

	for i, s := range c.series {
		line(&out, s, x, y, "", func(p point) time.Duration { return p.total })

		if !s.native() {
			line(&out, s, x, y, ` stroke-dasharray="5 4"`, func(p point) time.Duration { return p.run })
		}

		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="14" height="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			left, 50+i*16, s.colour, left+20, 56+i*16, html.EscapeString(s.name+ended(c, s)))
	}

	out.WriteString("</svg>\n")

	return out.String()
}

func scale(logarithmic bool) string {
	if logarithmic {
		return " (logarithmic)"
	}

	return ""
}

// ended says where a series stops that is shorter than others.
func ended(c chart, s series) string {
	most := 0
	for _, other := range c.series {
		most = max(most, len(other.points))
	}

	if len(s.points) == most {
		return ""
	}

	return fmt.Sprintf(" (the fuel of a transaction suffices up to N = %d)", s.points[len(s.points)-1].iterations)
}

func begin(out *strings.Builder, title string, height int) {
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#222">`+"\n",
		width, height)
	fmt.Fprintf(out, `<rect width="%d" height="%d" fill="white"/><text x="%d" y="20" font-size="14" font-weight="bold">%s</text>`+"\n",
		width, height, left, html.EscapeString(title))
}

func line(out *strings.Builder, s series, x, y axis, style string, value func(point) time.Duration) {
	var path strings.Builder

	for i, p := range s.points {
		command := "L"
		if i == 0 {
			command = "M"
		}

		fmt.Fprintf(&path, "%s%.1f %.1f", command, x.place(float64(p.iterations)), y.place(milliseconds(value(p))))
	}

	fmt.Fprintf(out, `<path d="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", path.String(), s.colour, style)

	for _, p := range s.points {
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"><title>%s, N = %d: %s ms</title></circle>`+"\n",
			x.place(float64(p.iterations)), y.place(milliseconds(value(p))), s.colour, html.EscapeString(s.name), p.iterations,
			number(milliseconds(value(p).Round(time.Microsecond))))
	}
}

// part is what a time consists of.
type part struct {
	name, colour string
	of           func(point) time.Duration
}

var parts = []part{
	{"interpreter (the contract, and the host functions it calls)", "#c8553d", func(p point) time.Duration { return p.run }},
	{"HTTP, JSON and the queue, in the server", "#e0a030", point.around},
	{"HTTP and JSON in Go, Dela, the wire", "#9bb8d3", point.http},
}

// bars draws where the time goes, for one execution and for the most that all
// have the fuel for.
func bars(c chart) string {
	const barLeft, barRight, row = 250, 540, 20

	var out, rows strings.Builder

	y := 114

	for _, n := range shown(c) {
		fmt.Fprintf(&rows, `<text x="14" y="%d" font-weight="bold">N = %d</text>`+"\n", y+2, n)

		y += 10

		for _, s := range c.series {
			at := slices.IndexFunc(s.points, func(p point) bool { return p.iterations == n })
			if s.native() || at < 0 {
				continue
			}

			p, x := s.points[at], float64(barLeft)

			fmt.Fprintf(&rows, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", barLeft-8, y+13, html.EscapeString(s.name))

			for _, each := range parts {
				share := float64(each.of(p)) / float64(p.total)
				fmt.Fprintf(&rows, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>%s: %s ms, %.0f %%</title></rect>`+"\n",
					x, y+2, share*(barRight-barLeft), row-4, each.colour, each.name, number(milliseconds(each.of(p).Round(time.Microsecond))),
					100*share)
				x += share * (barRight - barLeft)
			}

			fmt.Fprintf(&rows, `<text x="%d" y="%d">%s ms</text>`+"\n", barRight+8, y+13, number(milliseconds(p.total.Round(time.Microsecond))))

			y += row
		}

		y += 24
	}

	begin(&out, c.title, y)
	fmt.Fprintf(&out, `<text x="%d" y="38">where the time goes, in shares of the whole</text>`+"\n", left)

	for i, each := range parts {
		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="12" height="12" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			left, 46+i*17, each.colour, left+18, 56+i*17, each.name)
	}

	out.WriteString(rows.String() + "</svg>\n")

	return out.String()
}

// shown are the least and the greatest N that all series have.
func shown(c chart) []int {
	common := len(c.series[0].points)
	for _, s := range c.series {
		common = min(common, len(s.points))
	}

	first, last := c.series[0].points[0].iterations, c.series[0].points[common-1].iterations
	if first == last {
		return []int{first}
	}

	return []int{first, last}
}
