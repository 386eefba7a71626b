// SPDX-License-Identifier: GPL-2.0-or-later
// Reads Go benchmark lines from standard input as Go's own tools do: prints how many it took for such.
package main

import (
	"fmt"
	"os"

	"golang.org/x/tools/benchmark/parse"
)

func main() {
	set, err := parse.ParseSet(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := 0
	for _, benchmarks := range set {
		lines += len(benchmarks)
	}
	fmt.Println(lines)
}
