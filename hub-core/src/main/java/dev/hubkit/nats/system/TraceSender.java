package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.Message;

/** Publishes traces of messages in the accounts where they were published. */
final class TraceSender {
  private final ServerStamp stamp;
  private final Outgoing outgoing;

  TraceSender(ServerStamp stamp, Outgoing outgoing) {
    this.stamp = stamp;
    this.outgoing = outgoing;
  }

  void send(MessageTrace trace, Account account) {
    outgoing.execute(
        () -> {
          JsonWriter json = stamp.write(JsonWriter.compact().beginObject(), "server");
          trace.write(json);
          Encoded encoded = Encoded.of(json.endObject().toBytes(), trace.request().encoding());
          Outgoing.publish(
              account, Message.of(trace.destination(), null, encoded.header(), encoded.payload()));
        });
  }
}
