package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.Message;

/** Publishes traces of messages in the accounts where they were published. */
final class TraceSender {
  private final ServerInfoStamp stamp;
  private final SystemPublisher outgoing;

  TraceSender(ServerInfoStamp stamp, SystemPublisher outgoing) {
    this.stamp = stamp;
    this.outgoing = outgoing;
  }

  void send(MessageTrace trace, Account account) {
    outgoing.execute(
        () -> {
          JsonWriter json = stamp.write(JsonWriter.compact().beginObject(), "server");
          trace.write(json);
          EncodedPayload encoded =
              EncodedPayload.of(json.endObject().toBytes(), trace.request().encoding());
          SystemPublisher.publish(
              account, Message.of(trace.destination(), null, encoded.header(), encoded.payload()));
        });
  }
}
