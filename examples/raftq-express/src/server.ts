import axios from 'axios';
import express, { type Express } from 'express';
import { mkdir, readFile, writeFile } from 'fs/promises';
import path from 'path';
import { Raftq } from '@oarlock/raftq';
import type { RaftEventType, RaftNode } from '@oarlock/raftq';

const cluster = ['5050', '5051', '5052', '5053'];

function bootstrap() {
  const app = express();
  app.use(express.json());
  const raft = new Raftq({
    heartbeat: 100,
    minimumElectionTime: 200,
    maximumElectionTime: 800,
    persistAgent: {
      async persist(node, data) {
        // Persist raft data
        try {
          const dir = '/tmp/raftq';
          await mkdir(dir, { recursive: true });
          const p = path.resolve(dir, `${node.id}.json`);
          await writeFile(p, JSON.stringify(data));
        } catch (err) {
          console.error(err);
          console.log(`[${new Date().toISOString()}] failed to persist data :)`);
        }
      },
      async restore(node) {
        // Read raft data from storage
        try {
          const p = `/tmp/raftq/${node.id}.json`;
          const file = await readFile(p);
          return JSON.parse(file.toString('utf8'));
        } catch {
          return undefined;
        }
      },
    },
  });

  // I'm just creating a pipe so data can pass through
  // you can use RPC calls, RMQ events, decide this your own
  // check TestCluster in the source code which relies only on Dictionaries
  app.post('/raft/action/:action', function (req, res) {
    const action = req.params.action as RaftEventType;
    raft.dispatch(action, req.body);
    res.end('');
  });
  const mapping: { [key in RaftEventType]?: RaftEventType } = {
    voteRequest: 'voteRequestReceived',
    voteResponse: 'voteResponseReceived',
    syncData: 'dataReceived',
    dataResponse: 'dataResponseReceived',
  };
  for (const action in mapping) {
    const eventName = action as RaftEventType;
    raft.subscribe(eventName, async (message) => {
      const url = `http://localhost:${message.destination.id}/raft/action/${mapping[eventName]}`;
      axios.post(url, message, { timeout: message.timeout }).catch(() => {});
    });
  }
  raft.subscribe('log', ({ message }) => {
    console.log(`[${new Date().toISOString()}] ${message}`);
  });

  // node endpoints must be known before starting the server
  // or you can use your favorite service mesh plugin such as consul
  async function startServer(port: number) {
    const clusterWithoutMe = cluster
      .filter((a) => a !== String(port))
      .map<RaftNode>((port) => ({
        id: String(port),
        time: Date.now(),
      }));
    const justMe: RaftNode = {
      id: String(port),
      time: Date.now(),
    };

    await Promise.all(
      clusterWithoutMe.map((node) =>
        axios
          .post(`http://localhost:${node.id}/raft/action/ackNode`, justMe, {
            timeout: 100,
          })
          .then((result) => {
            if (!result) return;
            raft.dispatch('ackNode', node);
          })
          .catch(() => {}),
      ),
    );

    await raft.dispatch('serviceStarted', {
      node: justMe,
    });
  }
  // listen from 5050 and forward
  listen(app, 5050, startServer);
  function listen(app: Express, port: number, done: (port: number) => void) {
    app
      .listen(port, () => {
        console.log(`[${new Date().toISOString()}] running express on ${port}`);
        done(port);
      })
      .on('error', () => {
        listen(app, port + 1, done);
      });
  }

  // crash handling
  process.on('exit', handleCrash);
  process.on('SIGINT', handleCrash);
  process.on('beforeExit', handleCrash);
  process.on('disconnect', handleCrash);
  process.on('uncaughtException', handleCrash);
  process.on('unhandledRejection', handleCrash);

  let isHandlingCrashAlready = false;
  async function handleCrash(e: any) {
    // just for safety!
    if (isHandlingCrashAlready) return;
    isHandlingCrashAlready = true;
    //
    raft.getNode().time = 0;
    await Promise.all(
      raft.getFollowers().map((node) =>
        axios
          .post(`http://localhost:${node.id}/raft/action/ackNode`, raft.getNode(), {
            timeout: 200,
          })
          .catch(() => {}),
      ),
    );
    await raft.dispatch('serviceCrashed', { reason: String(e) });
    await raft.destroy();
    process.exit(1);
  }
}

bootstrap();
