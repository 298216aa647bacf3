package dev.hubkit.nats.jetstream.cluster;

/** A change of what the servers of a cluster agree upon. */
sealed interface MetaCommand {
  /** Returns the account that it concerns. */
  String account();

  /** Returns the reply subject of the request that is answered when it is done; empty for none. */
  String reply();

  /**
   * Assigns a new stream to servers, or changes one.
   *
   * @param update whether a client asked for a change
   * @param lost a server that does not come back; what only it had begins anew; empty for none
   */
  record AssignStream(
      String account, StreamAssignment stream, boolean update, String reply, String lost)
      implements MetaCommand {
    AssignStream(String account, StreamAssignment stream, boolean update, String reply) {
      this(account, stream, update, reply, "");
    }
  }

  /**
   * Notes that a stream has got to its servers.
   *
   * @param created of the stream that is meant
   * @param group its servers; nothing happens where these are others meanwhile
   */
  record SettleStream(String account, String stream, long created, RaftGroup group)
      implements MetaCommand {
    @Override
    public String reply() {
      return "";
    }
  }

  /** Notes that a server is no member any more. */
  record RemoveServer(String server) implements MetaCommand {
    @Override
    public String account() {
      return "";
    }

    @Override
    public String reply() {
      return "";
    }
  }

  /**
   * Deletes a stream.
   *
   * @param created of the stream that is meant; a later one of its name stays
   */
  record RemoveStream(String account, String stream, long created, String reply)
      implements MetaCommand {}

  /** Assigns a new consumer to servers, or changes one. */
  record AssignConsumer(String account, String stream, ConsumerAssignment consumer, String reply)
      implements MetaCommand {}

  /**
   * Deletes a consumer.
   *
   * @param created of the consumer that is meant; a later one of its name stays
   */
  record RemoveConsumer(String account, String stream, String consumer, long created, String reply)
      implements MetaCommand {}
}
