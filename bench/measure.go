package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// contender is one way to do the job.
type contender struct {
	name string
	run  func(times int) error
}

// cost is what one operation took.
type cost struct {
	cpu    time.Duration // user and system time of this process
	bytes  float64       // allocated
	allocs float64
}

// measure runs the contenders in turn, round by round, so that whatever else
// the machine does hits all of them, and returns the median of each.
func measure(rounds, times int, contenders []contender) ([]cost, error) {
	all := make([][]cost, len(contenders))
	for round := range rounds + 1 {
		for i, c := range contenders {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime()
			if err := c.run(times); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			cpu := cpuTime() - start
			runtime.ReadMemStats(&after)
			if round == 0 {
				continue // warming up
			}
			n := float64(times)
			all[i] = append(all[i], cost{
				cpu:    time.Duration(float64(cpu) / n),
				bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
				allocs: float64(after.Mallocs-before.Mallocs) / n,
			})
		}
	}
	medians := make([]cost, len(contenders))
	for i, list := range all {
		medians[i] = cost{
			cpu:    median(list, func(c cost) time.Duration { return c.cpu }),
			bytes:  median(list, func(c cost) float64 { return c.bytes }),
			allocs: median(list, func(c cost) float64 { return c.allocs }),
		}
	}
	return medians, nil
}

func median[T time.Duration | float64](list []cost, field func(cost) T) T {
	values := make([]T, 0, len(list))
	for _, c := range list {
		values = append(values, field(c))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pair is a contender and the peer that it is compared with, by name.
type pair struct{ ours, peer string }

// report prints what each contender took, and the ratios of the pairs.
func report(title string, contenders []contender, costs []cost, pairs ...pair) {
	fmt.Printf("\n%s\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tCPU\tbytes\tallocs\t")
	byName := map[string]cost{}
	for i, c := range contenders {
		byName[c.name] = costs[i]
		fmt.Fprintf(w, "%s\t%v\t%.0f\t%.0f\t\n", c.name, costs[i].cpu, costs[i].bytes, costs[i].allocs)
	}
	for _, p := range pairs {
		a, b := byName[p.ours], byName[p.peer]
		fmt.Fprintf(w, "%s / %s\t%.2f\t%.2f\t%.2f\t\n", p.ours, p.peer,
			ratio(float64(a.cpu), float64(b.cpu)), ratio(a.bytes, b.bytes), ratio(a.allocs, b.allocs))
	}
	_ = w.Flush()
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
