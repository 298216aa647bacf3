package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.time.OffsetDateTime;

/**
 * Answers {@code CONSUMER.RESET}, which moves a consumer to a sequence, like {@code
 * processResetReq} of nats-server 2.15.
 */
final class ConsumerReset {
  private static final byte[] NOTHING = {};

  private static final JsonStruct TYPE =
      JsonStruct.of("server.JSApiConsumerResetRequest").field("seq", JsonType.UINT64).build();
  private static final String RESPONSE = "consumer_reset_response";

  private final Consumer consumer;

  ConsumerReset(Consumer consumer) {
    this.consumer = consumer;
  }

  /** Receives a request. Any thread. */
  public void ask(Message message, WorkBatch batch) {
    String reply = message.reply();
    if (reply == null) {
      return;
    }
    Message request = message.retain();
    StreamContext stream = consumer.stream();
    stream
        .executor()
        .submit(
            taskBatch -> {
              if (consumer.isServing()) {
                consumer.answer(answer(request, reply, taskBatch), taskBatch);
              }
            },
            batch);
  }

  private Message answer(Message request, String reply, WorkBatch batch) {
    JsonWriter out = ApiResponse.begin(RESPONSE);
    try {
      if (AssetVersions.needsNewerServer(request, compatibility())) {
        throw ApiError.REQUIRED_API_LEVEL.exception();
      }
      long asked = sequence(request);
      if (asked != 0) {
        check(asked);
      }
      long sequence = consumer.reset(asked, batch);
      ConsumerInfo.write(consumer, AssetVersions.describe(consumer.config(), compatibility()), out);
      byte[] response = out.unsigned("reset_seq", sequence).endObject().toBytes();
      return Message.of(reply, null, identity(request), response);
    } catch (ApiException e) {
      JsonWriter refusal = ApiResponse.begin(RESPONSE);
      e.writeTo(refusal);
      return Message.of(reply, null, refusal.field("reset_seq", 0).endObject().toBytes());
    }
  }

  /** Returns the header that tells a source which stream it reads, if it knows of that. */
  private byte[] identity(Message request) {
    PublishHeaders headers =
        PublishHeaders.parse(request.buffer(), request.offset(), request.headerLength());
    return headers.get(Name.STREAM_IDENTITY) == null
            || !compatibility().atLeast(Compatibility.V2_15)
        ? NOTHING
        : HeaderBlock.add(NOTHING, Name.STREAM_IDENTITY.text(), consumer.stream().identity());
  }

  private Compatibility compatibility() {
    return consumer.stream().jetStream().compatibility();
  }

  /** Returns the requested sequence; 0 if the consumer may choose. */
  private static long sequence(Message request) {
    if (request.payloadLength() == 0) {
      return 0;
    }
    try {
      return Json.unmarshal(request.payload(), TYPE).unsigned("seq", 0);
    } catch (JsonException e) {
      throw ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage()));
    }
  }

  /** Refuses sequences that the deliver policy excludes. */
  private void check(long sequence) {
    ConsumerConfig config = consumer.config();
    switch (config.deliverPolicy()) {
      case ALL -> {}
      case BY_START_SEQUENCE -> {
        if (Long.compareUnsigned(sequence, config.optStartSeq()) < 0) {
          throw ApiError.CONSUMER_INVALID_RESET.exception("below start seq");
        }
      }
      case BY_START_TIME -> {
        OffsetDateTime time = config.optStartTime();
        long first =
            time == null ? 0 : consumer.stream().store().sequenceAt(Rfc3339.epochNanos(time));
        if (Long.compareUnsigned(sequence, first) < 0) {
          throw ApiError.CONSUMER_INVALID_RESET.exception("below start time");
        }
      }
      case LAST, NEW, LAST_PER_SUBJECT ->
          throw ApiError.CONSUMER_INVALID_RESET.exception("not allowed");
    }
  }
}
