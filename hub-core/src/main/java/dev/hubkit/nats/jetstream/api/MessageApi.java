package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.GetRequest;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.stream.MessageLookup;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.util.Base64;

/** Answers requests to read or delete a single message. */
final class MessageApi {
  private static final JsonStruct DELETE =
      JsonStruct.of("server.JSApiMsgDeleteRequest")
          .field("seq", JsonType.UINT64)
          .field("no_erase", JsonType.BOOL)
          .build();

  private MessageApi() {}

  public static void register(ApiRouter router) {
    router.register("STREAM.MSG.DELETE.*", "stream_msg_delete_response", MessageApi::delete);
    router.register("STREAM.MSG.GET.*", "stream_msg_get_response", MessageApi::get);
  }

  private static void delete(ApiRequest request, WorkBatch batch) {
    if (request.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    JsonObject json = request.json(DELETE);
    long sequence = json.unsigned("seq", 0);
    boolean erase = !json.bool("no_erase", false);
    Stream stream = request.jetStream().requireStream(request.token(3));
    request.onStream(
        stream,
        (same, taskBatch) -> {
          if (stream.config().sealed()) {
            throw ApiError.STREAM_SEALED.exception();
          }
          if (stream.config().denyDelete()) {
            throw ApiError.STREAM_MSG_DELETE_FAILED.exception("message delete not permitted");
          }
          StreamStore store = stream.store();
          if (stream.config().storage() == StorageType.FILE && isOutside(store, sequence)) {
            // nats-server's file store, unlike the one in memory, calls this an error.
            boolean beyond = Long.compareUnsigned(sequence, store.lastSequence()) > 0;
            request
                .answer()
                .failUncounted(
                    ApiError.STREAM_MSG_DELETE_FAILED.exception(
                        beyond ? "stream store EOF" : "no message found"),
                    taskBatch);
            return;
          }
          stream.change(
              new StreamCommand.Delete(sequence, erase),
              (removed, answerBatch) -> {
                if (removed == 0) {
                  // nats-server does not count this one among the errors.
                  request
                      .answer()
                      .failUncounted(
                          ApiError.SEQUENCE_NOT_FOUND.exception(Long.toUnsignedString(sequence)),
                          answerBatch);
                } else {
                  request.succeed(answerBatch);
                }
              },
              taskBatch);
        },
        batch);
  }

  private static boolean isOutside(StreamStore store, long sequence) {
    return store.state().messages() == 0
        || sequence < store.firstSequence()
        || sequence > store.lastSequence();
  }

  private static void get(ApiRequest request, WorkBatch batch) {
    if (request.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    GetRequest get = GetRequest.parse(request.json(GetRequest.TYPE));
    if (get.batch() > 0 || get.maxBytes() > 0 || !get.isConsistent()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    Stream stream = request.jetStream().requireStream(request.token(3));
    request.onStream(
        stream,
        (same, taskBatch) -> {
          StoredMessage message = MessageLookup.find(stream.store(), get);
          if (message == null) {
            throw ApiError.NO_MESSAGE_FOUND.exception();
          }
          JsonWriter out = request.response();
          write(out, message, get.noHeaders());
          request.answer().sendUncounted(out, taskBatch);
        },
        batch);
  }

  private static void write(JsonWriter out, StoredMessage message, boolean noHeaders) {
    Base64.Encoder base64 = Base64.getEncoder();
    out.beginObject("message").field("subject", message.subject()).field("seq", message.sequence());
    if (!noHeaders && message.headerLength() > 0) {
      out.field("hdrs", base64.encodeToString(message.header()));
    }
    if (message.payloadLength() > 0) {
      out.field("data", base64.encodeToString(message.payload()));
    }
    out.field("time", Rfc3339.format(message.timestamp())).endObject();
  }
}
