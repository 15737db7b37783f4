package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"sync"

	"go.etcd.io/etcd/clientv3"
)

// At a time.
const granting = 64

// As the holders of bench/store/client.ts: grants leases at the first line of its input, and puts their keys at the
// second. It keeps the leases until it is killed.
func hold(client *clientv3.Client, first, leases, keys int, ttl int64) {
	orders := bufio.NewScanner(os.Stdin)
	ids := make([]clientv3.LeaseID, leases)
	say(map[string]string{"type": "connected"})
	orders.Scan()
	together(leases, func(n int) {
		granted, err := client.Grant(context.Background(), ttl)
		fail(err)
		ids[n] = granted.ID
		renewed, err := client.KeepAlive(context.Background(), granted.ID)
		fail(err)
		go func() {
			for range renewed {
			}
		}()
	})
	say(map[string]string{"type": "granted"})
	orders.Scan()
	together(leases*keys, func(n int) {
		lease := n / keys
		key := fmt.Sprintf("group/%06d/%02d", first+lease, n%keys)
		_, err := client.Put(context.Background(), key, value, clientv3.WithLease(ids[lease]))
		fail(err)
	})
	say(map[string]string{"type": "put"})
	orders.Scan()
}

// Does it for 0 to count - 1, some at a time.
func together(count int, do func(n int)) {
	next := make(chan int)
	var all sync.WaitGroup
	for n := 0; n < granting; n++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := range next {
				do(n)
			}
		}()
	}
	for n := 0; n < count; n++ {
		next <- n
	}
	close(next)
	all.Wait()
}
