package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
)

const (
	width, height            = 640, 400
	left, right, top, bottom = 70, 20, 40, 50
)

var colours = []string{"#1b6ca8", "#c8553d", "#588157"}

// write puts the numbers, the pictures and the page into a directory.
func write(out string, charts []chart) error {
	var csv, page strings.Builder

	csv.WriteString("operation,series,iterations,total_ms,server_ms,http_ms\n")
	page.WriteString(`<!doctype html><meta charset="utf-8"><title>delavm inside Dela</title>
<style>body{font:16px/1.5 sans-serif;max-width:1340px;margin:2em auto;padding:0 1em}img{max-width:49%}</style>
<h1>From inside of Dela</h1>
<p>Each point is the quickest of three executions through Dela's execution service: native Go with Kyber, a contract in C
that calls the host's libsodium, and one that has the curve compiled in (until the fuel of one transaction, `)
	fmt.Fprintf(&page, "100,000,000, does not suffice). Dashed lines are the part that is HTTP: all that is not spent in the server between the last byte of a request and its answer. Numbers: <a href=%q>dela.csv</a>.</p>\n", "dela.csv")
	page.WriteString(`<p>The report of 2021 has the same four charts. What it calls picoseconds are milliseconds, and the C contract of
its "point multiplication" multiplied two scalars; here all three multiply a point.</p>
`)

	for _, c := range charts {
		fmt.Fprintf(&page, "<h2>%s</h2>\n", html.EscapeString(c.title))

		for _, s := range c.series {
			for _, p := range s.points {
				fmt.Fprintf(&csv, "%s,\"%s\",%d,%.4f,%.4f,%.4f\n", c.file, s.name, p.iterations, p.total, p.total-p.http, p.http)
			}
		}

		for _, logarithmic := range []bool{true, false} {
			name := c.file + map[bool]string{true: "-log.svg", false: "-linear.svg"}[logarithmic]
			fmt.Fprintf(&page, "<img src=%q alt=%q>\n", name, c.title)

			err := os.WriteFile(filepath.Join(out, name), []byte(draw(c, logarithmic)), 0o644)
			if err != nil {
				return err
			}
		}
	}

	err := os.WriteFile(filepath.Join(out, "dela.csv"), []byte(csv.String()), 0o644)
	if err != nil {
		return err
	}

	return os.WriteFile(filepath.Join(out, "dela.html"), []byte(page.String()), 0o644)
}

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

// ticks are powers of ten, or quarters.
func (a axis) ticks() []float64 {
	var ticks []float64

	if a.logarithmic {
		for value := math.Pow(10, math.Ceil(math.Log10(a.low)-1e-9)); value <= a.high*1.0001; value *= 10 {
			ticks = append(ticks, value)
		}

		return ticks
	}

	for i := range 5 {
		ticks = append(ticks, a.low+(a.high-a.low)*float64(i)/4)
	}

	return ticks
}

func draw(c chart, logarithmic bool) string {
	x := axis{from: left, to: width - right, logarithmic: logarithmic}
	y := axis{from: height - bottom, to: top, logarithmic: logarithmic}

	if logarithmic {
		x.low, y.low = 1, math.Inf(1)
	}

	for _, s := range c.series {
		for _, p := range s.points {
			x.high = max(x.high, float64(p.iterations))
			y.high = max(y.high, p.total)

			if logarithmic {
				y.low = min(y.low, max(p.total, 1e-4))
			}
		}
	}

	if logarithmic { // whole powers of ten
		y.low = math.Pow(10, math.Floor(math.Log10(y.low)))
		y.high = math.Pow(10, math.Ceil(math.Log10(y.high)))
	}

	var out strings.Builder

	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		width, height)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="white"/><text x="%d" y="20" font-size="14">%s</text>`+"\n",
		width, height, left, html.EscapeString(c.title))

	for _, tick := range y.ticks() {
		fmt.Fprintf(&out, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.4g</text>`+"\n",
			left, y.place(tick), width-right, left-6, y.place(tick)+4, tick)
	}

	for _, tick := range x.ticks() {
		fmt.Fprintf(&out, `<text x="%.1f" y="%d" text-anchor="middle">%.4g</text>`+"\n", x.place(tick), height-bottom+18, tick)
	}

	fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">N</text><text x="12" y="20">ms</text>`+"\n", width-right, height-12)

	for i, s := range c.series {
		colour := colours[i%len(colours)]
		line(&out, s, x, y, colour, "", func(p point) float64 { return p.total })

		if s.points[0].http > 0 {
			line(&out, s, x, y, colour, ` stroke-dasharray="3 3" opacity="0.6"`, func(p point) float64 { return p.http })
		}

		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="12" height="3" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			left+10, top+8+i*16, colour, left+28, top+13+i*16, html.EscapeString(s.name))
	}

	out.WriteString("</svg>\n")

	return out.String()
}

func line(out *strings.Builder, s series, x, y axis, colour, style string, value func(point) float64) {
	var path strings.Builder

	for i, p := range s.points {
		command := "L"
		if i == 0 {
			command = "M"
		}

		fmt.Fprintf(&path, "%s%.1f %.1f", command, x.place(float64(p.iterations)), y.place(value(p)))
	}

	fmt.Fprintf(out, `<path d="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", path.String(), colour, style)
}
