package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.wire.Message;

/**
 * What stands in a request of the JetStream API.
 *
 * @param isStrict whether fields that are not known are an error
 */
record RequestPayload(Message message, boolean isStrict) {

  /** Returns whether the payload is missing or an empty object, which nats-server treats alike. */
  boolean isEmpty() {
    if (message.payloadLength() == 0) {
      return true;
    }
    try {
      return Json.parse(message.buffer(), message.payloadOffset(), message.payloadLength())
              instanceof JsonObject object
          && object.names().isEmpty();
    } catch (JsonException e) {
      return false;
    }
  }

  /**
   * Returns whether the payload begins like a JSON object or array. Some requests ignore anything
   * else.
   */
  boolean isJson() {
    byte[] bytes = message.buffer();
    int at = message.payloadOffset();
    int end = at + message.payloadLength();
    while (at < end && " \t\r\n".indexOf(bytes[at]) >= 0) {
      at++;
    }
    return at < end && (bytes[at] == '{' || bytes[at] == '[');
  }

  /**
   * Returns the payload as an object of a type, an empty one if there is no payload. As {@code
   * unmarshalRequest} of nats-server, which ignores unknown fields unless the server is strict.
   *
   * @throws ApiException {@link ApiError#INVALID_JSON} if it is anything else
   */
  JsonObject json(JsonStruct type) {
    byte[] bytes = message.buffer();
    int from = message.payloadOffset();
    int length = message.payloadLength();
    try {
      return Json.decode(bytes, from, length, type);
    } catch (JsonException e) {
      if (isStrict) {
        String offset = e.offset() < 0 ? "" : " at offset " + e.offset();
        throw ApiError.INVALID_JSON.exception(e.getMessage() + offset);
      }
      return Json.unmarshal(bytes, from, length, type);
    }
  }
}
