package main

import (
	"encoding/csv"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"delavm/server/dela/wasm"
)

// write puts the numbers, the pictures and the page into a directory.
func write(out string, charts []chart, within bounds) error {
	files := map[string]string{"dela.csv": table(charts), "dela.html": page(charts, within)}

	for _, c := range charts {
		for _, picture := range pictures {
			files[c.file+"-"+picture.suffix+".svg"] = picture.draw(c)
		}
	}

	for name, text := range files {
		err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644)
		if err != nil {
			return err
		}
	}

	return nil
}

// table is the CSV. What runs in Dela's own process has no parts.
func table(charts []chart) string {
	var text strings.Builder

	out := csv.NewWriter(&text)
	_ = out.Write([]string{"operation", "series", "iterations", "total_ms", "interpreter_ms", "server_rest_ms", "http_ms"})

	exact := func(d time.Duration) string { return fmt.Sprintf("%.4f", milliseconds(d)) }

	for _, c := range charts {
		for _, s := range c.series {
			for _, p := range s.points {
				row := []string{c.file, s.name, strconv.Itoa(p.iterations), exact(p.total), "", "", ""}
				if !s.native() {
					row = append(row[:4], exact(p.run), exact(p.around()), exact(p.http()))
				}

				_ = out.Write(row)
			}
		}
	}

	out.Flush()

	return text.String()
}

const head = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>delavm inside Dela</title>
<style>
body{font:16px/1.5 sans-serif;max-width:1340px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
img{width:49%%;min-width:480px}
table{border-collapse:collapse}td,th{padding:.1em .8em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}
</style>
<h1>From inside of Dela</h1>
<p>The four charts of the report of 2021, through Dela's execution service: native Go with Kyber against contracts in
delavm, in C and in Go, which call the host's libsodium or have the curve compiled in (C: our own; Go:
filippo.io/edwards25519). Each point is the quickest of at least %d; all results are compared with Kyber's first. %s, %d
processors, %s. Numbers: <a href="dela.csv">dela.csv</a>.</p>
<ul>
<li>The report says picoseconds where milliseconds are meant. The C contract of its "point multiplication" multiplied
two scalars; here every contract multiplies a point.</li>
<li>Solid lines are what Dela waits. Dashed ones are the <em>interpreter</em>: the server's own time around the run of
the contract, with the host functions that it calls, and nothing else (header <code>Server-Timing</code>, server option
<code>--timing</code>). The difference is HTTP and JSON, in the server and in Go: see "where the time goes".</li>
<li>A line ends where the fuel of one transaction, %s, does not suffice.</li>
<li>Contracts and host functions take and give points as 32 bytes, and check them, in each iteration; Kyber's points stay
decoded. That is most of what a point addition costs.</li>
<li>A contract in Go begins each call by initializing Go's runtime: the least that its lines show.</li>
</ul>
<p>Contracts of all languages without Dela, in delavm and in V8: <a href="languages.html">languages.html</a>, by
<code>make charts-languages</code>.</p>
`

func page(charts []chart, within bounds) string {
	var out strings.Builder

	fmt.Fprintf(&out, head, within.tries, runtime.Version(), runtime.NumCPU(), runtime.GOOS+"/"+runtime.GOARCH, number(wasm.MaxFuel))

	for _, c := range charts {
		title := html.EscapeString(c.title)
		fmt.Fprintf(&out, "<h2>%s</h2>\n", title)

		for _, picture := range pictures {
			fmt.Fprintf(&out, "<img src=\"%s-%s.svg\" alt=\"%s: %s\">\n", c.file, picture.suffix, title, picture.what)
		}

		out.WriteString(summary(c))
	}

	return out.String()
}

var pictures = []struct {
	suffix, what string
	draw         func(chart) string
}{
	{"log", "logarithmic", func(c chart) string { return lines(c, true) }},
	{"linear", "linear", func(c chart) string { return lines(c, false) }},
	{"parts", "where the time goes", bars},
}

// summary is a table of the least and the greatest N that all have.
func summary(c chart) string {
	var out strings.Builder

	out.WriteString("<table>\n<tr><th>milliseconds")

	for _, n := range shown(c) {
		fmt.Fprintf(&out, "<th>N = %d<th>interpreter<th>rest of the server<th>HTTP, Dela", n)
	}

	out.WriteString("\n")

	for _, s := range c.series {
		fmt.Fprintf(&out, "<tr><td>%s", html.EscapeString(s.name))

		for _, n := range shown(c) {
			for _, p := range s.points {
				if p.iterations != n {
					continue
				}

				fmt.Fprintf(&out, "<td>%.3f", milliseconds(p.total))

				if s.native() {
					out.WriteString("<td><td><td>")
					continue
				}

				fmt.Fprintf(&out, "<td>%.3f<td>%.3f<td>%.3f", milliseconds(p.run), milliseconds(p.around()), milliseconds(p.http()))
			}
		}

		out.WriteString("\n")
	}

	out.WriteString("</table>\n")

	return out.String()
}
