package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Answers one request, with the server's stamp and either data or an error. */
final class Reply {
  private final Account system;
  private final ServerInfoStamp stamp;
  private final Message request;

  Reply(Account system, ServerInfoStamp stamp, Message request) {
    this.system = system;
    this.stamp = stamp;
    this.request = request;
  }

  private JsonWriter begin() {
    return stamp.write(JsonWriter.compact().beginObject(), "server");
  }

  /** Answers with a JSON value, in the encoding the request accepts; null for none. */
  void data(@Nullable JsonWriter data) {
    JsonWriter json = begin();
    if (data != null) {
      json.raw("data", new String(data.toBytes(), StandardCharsets.UTF_8));
    }
    encoded(json.endObject().toBytes());
  }

  /** Answers that the request failed. */
  void error(int code, String description) {
    send(new byte[0], error(begin(), code, description));
  }

  /** Answers that the report that was asked for failed. */
  void failed(String description) {
    send(new byte[0], error(begin().any("data", null), 500, description));
  }

  private static byte[] error(JsonWriter json, int code, String description) {
    return json.beginObject("error")
        .field("code", code)
        .fieldIfSet("description", description)
        .endObject()
        .endObject()
        .toBytes();
  }

  private void encoded(byte[] json) {
    String accepted =
        request.headerLength() == 0 ? "" : HeaderLines.value(request.header(), "Accept-Encoding");
    EncodedPayload encoded = EncodedPayload.of(json, accepted);
    send(encoded.header(), encoded.payload());
  }

  private void send(byte[] header, byte[] payload) {
    String to = request.reply();
    if (to != null) {
      SystemPublisher.publish(system, Message.of(to, null, header, payload));
    }
  }
}
