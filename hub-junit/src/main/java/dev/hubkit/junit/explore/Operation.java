package dev.hubkit.junit.explore;

/**
 * An operation of a client, named such that it is the same in each run of a test, whatever the
 * other clients do.
 *
 * @param client the name of the client; empty for none
 * @param subject the subject, or a description of it where it differs from run to run
 * @param count counts the operations of this kind, by this client, on this subject, from 1
 */
record Operation(String client, Kind kind, String subject, int count) {
  /** The kinds of operation, each with the words that describe it. */
  enum Kind {
    PUBLISH("publish of ", "by "),
    ACK("ack of ", "by "),
    DELIVERY("delivery of ", "to "),
    PUB_ACK("PubAck of ", "to "),
    SUBSCRIBE("subscription to ", "of ");

    private final String beforeSubject;
    private final String beforeClient;

    Kind(String beforeSubject, String beforeClient) {
      this.beforeSubject = beforeSubject;
      this.beforeClient = beforeClient;
    }
  }

  /** Returns what decisions about the operation depend on. */
  String key() {
    return client + '\n' + kind + '\n' + subject + '\n' + count;
  }

  /** Returns the client, quoted. */
  String quotedClient() {
    return client.isEmpty() ? "a client without a name" : '"' + client + '"';
  }

  @Override
  public String toString() {
    return kind.beforeSubject
        + subject
        + (count == 1 ? "" : " #" + count)
        + (client.isEmpty() ? "" : ' ' + kind.beforeClient + quotedClient());
  }
}
