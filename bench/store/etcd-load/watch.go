package main

import (
	"context"
	"fmt"
	"math/rand"
	"sync/atomic"

	"go.etcd.io/etcd/clientv3"
)

// Opens watchers of one prefix. Returns a request that puts a key and waits until the last of them has seen it.
func fanOut(clients []*clientv3.Client, watchers int) func(int, *rand.Rand) {
	var left int64
	allHaveSeen := make(chan struct{}, 1)
	for n := 0; n < watchers; n++ {
		events := clients[n%len(clients)].Watch(context.Background(), watched, clientv3.WithPrefix(), clientv3.WithCreatedNotify())
		if created := <-events; !created.Created {
			fail(fmt.Errorf("a watch was not created: %v", created.Err()))
		}
		go func() {
			for answer := range events {
				fail(answer.Err())
				if atomic.AddInt64(&left, -int64(len(answer.Events))) == 0 && len(answer.Events) > 0 {
					allHaveSeen <- struct{}{}
				}
			}
		}()
	}
	return func(int, *rand.Rand) {
		atomic.StoreInt64(&left, int64(watchers))
		_, err := clients[0].Put(context.Background(), watched+"key", value)
		fail(err)
		<-allHaveSeen
	}
}
