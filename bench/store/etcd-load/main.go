// The loads of bench/store/load.ts on etcd's own client: closed loops of requests, and of puts that watchers see.
// `hold`, in hold.go, holds leases with keys. It prints one line of JSON for each figure.
//
// build: GO111MODULE=off GOPATH=/usr/share/gocode go build (Debian: golang-go, golang-etcd-server-dev)
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	"go.etcd.io/etcd/clientv3"
)

const watched = "watched/"

var value = strings.Repeat("x", 100)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func say(line interface{}) {
	text, err := json.Marshal(line)
	fail(err)
	fmt.Println(string(text))
}

// Clients of the leader, each with a connection of its own.
func connect(endpoints []string, connections int) []*clientv3.Client {
	all := make([]*clientv3.Client, connections)
	leader := leaderOf(endpoints)
	for at := range all {
		client, err := clientv3.New(clientv3.Config{Endpoints: []string{leader}, DialTimeout: 5 * time.Second})
		fail(err)
		all[at] = client
	}
	return all
}

func leaderOf(endpoints []string) string {
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: 5 * time.Second})
	fail(err)
	defer client.Close()
	for _, endpoint := range endpoints {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		status, err := client.Status(ctx, endpoint)
		cancel()
		if err == nil && status.Leader == status.Header.MemberId {
			return endpoint
		}
	}
	fail(fmt.Errorf("none of %v leads", endpoints))
	return ""
}

func anyKey(random *rand.Rand) string { return fmt.Sprint("k", random.Intn(1000)) }

func request(op string, client *clientv3.Client, random *rand.Rand) error {
	key := anyKey(random)
	ctx := context.Background()
	var err error
	switch op {
	case "put":
		_, err = client.Put(ctx, key, value)
	case "get":
		_, err = client.Get(ctx, key)
	case "transaction":
		_, err = client.Txn(ctx).
			If(clientv3.Compare(clientv3.Version(key), ">", 0)).
			Then(clientv3.OpPut(key, value), clientv3.OpGet(key)).
			Commit()
	default:
		err = fmt.Errorf("there is no operation %q", op)
	}
	return err
}

func main() {
	endpoints := flag.String("endpoints", "127.0.0.1:2379", "with commas")
	op := flag.String("op", "put", "put, get, transaction, watch, or hold")
	loops := flag.Int("c", 1, "loops, or watchers")
	connections := flag.Int("connections", 8, "at most")
	warmUp := flag.Float64("warm-up", 1.5, "in seconds")
	seconds := flag.Float64("seconds", 2, "measured")
	leases := flag.Int("leases", 1000, "that hold")
	keys := flag.Int("keys", 10, "of each lease")
	ttl := flag.Int64("ttl", 10, "of each lease, in seconds")
	first := flag.Int("first", 0, "number of the first lease, which its keys have in their names")
	flag.Parse()
	fewer := *connections
	if *loops < fewer && *op != "hold" {
		fewer = *loops
	}
	if *op == "hold" {
		hold(connect(strings.Split(*endpoints, ","), 1)[0], *first, *leases, *keys, *ttl)
		return
	}
	clients := connect(strings.Split(*endpoints, ","), fewer)
	for n := 0; n < 1000; n++ {
		_, err := clients[0].Put(context.Background(), fmt.Sprint("k", n), value)
		fail(err)
	}
	measured := &measurement{warmUp: *warmUp, seconds: *seconds}
	if *op == "watch" {
		say(measured.run(1, float64(*loops), fanOut(clients, *loops)))
		return
	}
	say(measured.run(*loops, 1, func(loop int, random *rand.Rand) {
		fail(request(*op, clients[loop%len(clients)], random))
	}))
}
