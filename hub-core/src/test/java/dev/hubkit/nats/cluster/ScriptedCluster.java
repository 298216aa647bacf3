package dev.hubkit.nats.cluster;

import java.time.Duration;
import java.util.List;

/** Three servers with JetStream in one cluster, to which a script of the comparison happens. */
interface ScriptedCluster extends AutoCloseable {
  /** What each cluster is configured by, except for names, ports and directories. */
  String ACCOUNTS =
      """
      accounts {
        $SYS {users: [{user: sys, password: sys}]}
        A {jetstream: enabled, users: [{user: a, password: a}]}
      }
      no_auth_user: a
      """;

  /** Returns the names of the servers, which are the same in each cluster. */
  default List<String> names() {
    return List.of("n1", "n2", "n3");
  }

  /** Returns where clients reach a server, as in {@code nats://127.0.0.1:4222}. */
  String url(String server);

  /** Ends a server without giving it time to say anything. */
  void kill(String server) throws Exception;

  /** Ends a server in order. */
  void stop(String server) throws Exception;

  /** Starts a server that has ended, where it was and with what it has stored. */
  void restart(String server) throws Exception;

  /** Makes a server stand still. */
  void pause(String server) throws Exception;

  /** Lets a server go on that stands still. */
  void resume(String server) throws Exception;

  /** Removes what a server that has ended had stored. */
  void loseDisk(String server) throws Exception;

  /** Returns for how long nothing has come where nothing comes, in real time. */
  Duration silence();

  /** Lets a little time pass, between two looks at whether something has happened. */
  void pass() throws Exception;

  @Override
  void close() throws Exception;
}
