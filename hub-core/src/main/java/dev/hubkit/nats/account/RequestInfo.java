package dev.hubkit.nats.account;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The header that tells a service about the requester that asks through an import (nats-server's
 * ClientInfoHdr).
 */
public final class RequestInfo {
  /** Its name. */
  public static final String HEADER = "Nats-Request-Info";

  private RequestInfo() {}

  /** Returns the content of the header of a message; an empty object when there is none. */
  public static JsonObject of(Message message) {
    try {
      String text = HeaderLines.value(message.header(), HEADER);
      return text.isEmpty() ? Json.parseObject("{}") : Json.parseObject(text);
    } catch (JsonException e) {
      return Json.parseObject("{}");
    }
  }

  /**
   * Returns a message with its requester said to be in {@code account}, which a request that comes
   * from or goes to another server may have under another name; the message itself where it tells
   * of no requester, or of one in that account.
   *
   * @param before the account that it must be said to be in so far; null for any
   */
  public static Message inAccount(Message message, @Nullable String before, String account) {
    if (message.headerLength() == 0 || !message.hasReply()) {
      return message;
    }
    JsonObject told = of(message);
    String said = told.string("acc", "");
    if (told.names().isEmpty()
        || said.equals(account)
        || (before != null && !said.equals(before))) {
      return message;
    }
    JsonWriter json = JsonWriter.compact().beginObject();
    for (String name : told.names()) {
      if (name.equals("acc")) {
        json.field("acc", account);
      } else {
        json.any(name, told.get(name));
      }
    }
    return message.withHeader(set(message, json.endObject()));
  }

  /** Returns the header block of {@code message} with the information on {@code requester}. */
  static byte[] header(Message message, Requester requester, RequesterShare disclosure) {
    JsonWriter json = JsonWriter.compact().beginObject();
    requester.describe(json, disclosure, "");
    return set(message, json.endObject());
  }

  /** Returns the header block, its information extended by the account a request went through. */
  static byte[] through(Message message, String service) {
    JsonObject before = of(message);
    JsonWriter json = JsonWriter.compact().beginObject();
    for (String name : before.names()) {
      if (!name.equals("svc")) {
        json.any(name, before.get(name));
      }
    }
    return set(message, json.field("svc", service).endObject());
  }

  private static byte[] set(Message message, JsonWriter json) {
    String text = new String(json.toBytes(), StandardCharsets.UTF_8);
    return HeaderBlock.set(message.header(), HEADER, text);
  }
}
