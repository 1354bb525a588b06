package main

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A short run of what `make charts-dela` does: all series of all contracts that
// are there, in a table whose parts add up, in pictures and on a page.
func TestCharts_ShortRun(t *testing.T) {
	build := os.Getenv("BUILD")
	if build == "" {
		build = filepath.Join("..", "..", "..", "..", "build")
	}

	out := t.TempDir()
	require.NoError(t, run(build, out, bounds{iterations: []int{1, 2}, tries: 1}))

	found := checkTable(t, filepath.Join(out, "dela.csv"))

	all, _ := operations()
	require.Len(t, all, 4)

	for _, o := range all {
		for _, k := range kinds {
			wanted := 2
			if !built(build, k) {
				wanted = 0
			}

			require.Equal(t, wanted, found[o.file+", "+k.of(o)], "%s, %s", o.file, k.of(o))
		}

		for _, suffix := range []string{"log", "linear", "parts"} {
			checkPicture(t, filepath.Join(out, o.file+"-"+suffix+".svg"))
		}
	}

	page, err := os.ReadFile(filepath.Join(out, "dela.html"))
	require.NoError(t, err)

	for _, text := range []string{
		"says picoseconds where milliseconds are meant", "multiplied\ntwo scalars", "point_addition-parts.svg", "quickest of at least 1",
	} {
		require.Contains(t, string(page), text)
	}

	require.NotContains(t, string(page), "%!")
}

// built tells whether the contracts of a kind were built on this machine.
func built(build string, k kind) bool {
	if k.language != "go" {
		return true
	}

	_, err := os.Stat(filepath.Join(build, "compat", "go", "ed25519"+k.suffix+".wasm"))

	return err == nil
}

// checkTable counts the rows of each series.
func checkTable(t *testing.T, path string) map[string]int {
	file, err := os.Open(path)
	require.NoError(t, err)

	defer file.Close()

	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)

	found := make(map[string]int)

	for _, row := range rows[1:] {
		found[row[0]+", "+row[1]]++

		total, err := strconv.ParseFloat(row[3], 64)
		require.NoError(t, err)
		require.Positive(t, total)

		if strings.HasPrefix(row[1], kinds[0].plain) {
			require.Equal(t, []string{"", "", ""}, row[4:])
			continue
		}

		sum := 0.0

		for _, text := range row[4:] {
			part, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			require.Positive(t, part, row)

			sum += part
		}

		require.InDelta(t, total, sum, 0.001, row)
	}

	return found
}

// checkPicture reads a picture to its end.
func checkPicture(t *testing.T, path string) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)

	decoder := xml.NewDecoder(strings.NewReader(string(data)))

	for err == nil {
		_, err = decoder.Token()
	}

	require.True(t, errors.Is(err, io.EOF), "%s: %v", path, err)
	require.NotContains(t, string(data), "NaN")
	require.NotContains(t, string(data), "Inf")
	require.NotContains(t, string(data), "%!")
}

func TestNumber(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 0.001: "0.001", 0.5: "0.5", 20: "20", 250: "250", 1000: "1,000", 100000: "100,000", 12345678: "12,345,678",
	} {
		require.Equal(t, want, number(value))
	}
}

func TestAxis_RoundTicks(t *testing.T) {
	for high, want := range map[float64][]float64{
		1000: {0, 200, 400, 600, 800, 1000}, 2: {0, 0.5, 1, 1.5, 2}, 73: {0, 10, 20, 30, 40, 50, 60, 70}, 0.3: {0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3},
	} {
		require.InDeltaSlice(t, want, axis{high: high}.ticks(), 1e-9, "%v", high)
	}
}
