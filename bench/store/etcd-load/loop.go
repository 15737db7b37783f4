package main

import (
	"math/rand"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// As LoadResult of bench/protocol.ts: a second, and in microseconds.
type result struct {
	Throughput float64 `json:"throughput"`
	P50        float64 `json:"p50"`
	P99        float64 `json:"p99"`
}

type measurement struct {
	warmUp, seconds float64
}

// Each loop makes its next request when the last one is done. A request counts as `weight` operations.
func (m *measurement) run(loops int, weight float64, request func(loop int, random *rand.Rand)) result {
	var recording, stopped int32
	latencies := make([][]float64, loops)
	var all sync.WaitGroup
	for loop := 0; loop < loops; loop++ {
		all.Add(1)
		go func(loop int) {
			defer all.Done()
			random := rand.New(rand.NewSource(int64(loop)))
			for atomic.LoadInt32(&stopped) == 0 {
				isRecorded := atomic.LoadInt32(&recording) == 1
				start := time.Now()
				request(loop, random)
				if isRecorded && atomic.LoadInt32(&recording) == 1 {
					latencies[loop] = append(latencies[loop], float64(time.Since(start).Nanoseconds())/1e3)
				}
			}
		}(loop)
	}
	time.Sleep(time.Duration(m.warmUp * 1e9))
	atomic.StoreInt32(&recording, 1)
	start := time.Now()
	time.Sleep(time.Duration(m.seconds * 1e9))
	atomic.StoreInt32(&recording, 0)
	elapsed := time.Since(start).Seconds()
	atomic.StoreInt32(&stopped, 1)
	all.Wait()
	var sorted []float64
	for _, some := range latencies {
		sorted = append(sorted, some...)
	}
	sort.Float64s(sorted)
	return result{weight * float64(len(sorted)) / elapsed, quantile(sorted, 0.5), quantile(sorted, 0.99)}
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := int(float64(len(sorted)) * q)
	if at >= len(sorted) {
		at = len(sorted) - 1
	}
	return sorted[at]
}
