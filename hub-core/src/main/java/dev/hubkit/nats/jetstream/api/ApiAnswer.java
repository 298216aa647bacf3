package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request of the JetStream API: its memory, its form, whether it was given. Passes
 * from thread to thread with the request; the locks of the executors publish it.
 */
final class ApiAnswer {
  // Responses up to this size reserve no memory, as there are few of them at a time.
  private static final int SMALL = 32 * 1024;
  // What an empty writer takes while its request waits for other executors.
  private static final int WRITER = 24 * 1024;
  private static final long LATER = 500_000_000;
  private static final String WHAT = "The answer to a request";

  private final ApiAccount account;
  private final Message request;
  private final @Nullable Requester requester;
  private final String type;
  private final Consumer<JsonWriter> errorFields;
  private final Runnable beforeError;
  private final MemoryShare memory = new MemoryShare(MemoryBudget.ANSWERS, "the answer", SMALL);
  private boolean given;
  private byte[] header = {};

  /**
   * @param request what is answered
   * @param requester the client that sent the request; null for the server itself
   * @param type the type of the response, without the common prefix: {@code stream_info_response}
   * @param errorFields the fields that go into an error response besides the error
   * @param beforeError runs before an error is sent
   */
  ApiAnswer(
      ApiAccount account,
      Message request,
      @Nullable Requester requester,
      String type,
      Consumer<JsonWriter> errorFields,
      Runnable beforeError) {
    this.account = account;
    this.request = request;
    this.requester = requester;
    this.type = type;
    this.errorFields = errorFields;
    this.beforeError = beforeError;
  }

  /** Returns an answer to the same request without its payload. */
  ApiAnswer to(Message shortened) {
    return new ApiAnswer(account, shortened, requester, type, errorFields, beforeError);
  }

  /** Begins a response and returns its open object, which holds the type. */
  JsonWriter begin() {
    memory.close(); // a response that was begun earlier will not be sent
    return ApiResponse.begin(JsonWriter.compact(memory), type);
  }

  /** Begins a response that is written in several steps and waits for executors in between. */
  JsonWriter beginLong() {
    JsonWriter out = begin();
    memory.add(SMALL + WRITER);
    return out;
  }

  /** Returns the memory share of the response, for data collected before it is written. */
  MemoryShare memory() {
    return memory;
  }

  /** Adds a header to a response that reports no error. */
  void addHeader(String name, String value) {
    header = HeaderBlock.add(header, name, value);
  }

  /** Ends the response and sends it. */
  void send(JsonWriter response, WorkBatch batch) {
    byte[] bytes = response.endObject().toBytes();
    given = true;
    try {
      send(bytes, false, batch);
    } finally {
      memory.close();
    }
  }

  /** Ends the response and sends it in a while. */
  void sendLater(JsonWriter response, long nanos) {
    later(
        nanos,
        () -> {
          WorkBatch batch = new WorkBatch();
          send(response, batch);
          batch.flush();
        });
  }

  /** Ends the response and sends it without counting it among the API requests. */
  void sendUncounted(JsonWriter response, WorkBatch batch) {
    byte[] bytes = response.endObject().toBytes();
    given = true;
    try {
      publish(bytes, batch);
    } finally {
      memory.close();
    }
  }

  /** Responds with an error. */
  void fail(ApiException error, WorkBatch batch) {
    beforeError.run();
    byte[] bytes = of(error).endObject().toBytes();
    given = true;
    try {
      send(bytes, true, batch);
    } finally {
      memory.close();
    }
  }

  /** Responds with an error without counting it among the API errors. */
  void failUncounted(ApiException error, WorkBatch batch) {
    send(of(error), batch);
  }

  /** Responds with an error in a while. */
  void failLater(ApiException error, long nanos) {
    later(nanos, () -> failNow(error));
  }

  /** Responds with an error unless there was an answer. */
  void failUnlessGiven(ApiException error, WorkBatch batch) {
    memory.close();
    if (given) {
      return;
    }
    try {
      fail(error, batch);
    } catch (OutOfMemoryError e) {
      // Memory becomes free when other requests end, and the client waits for the response.
      account.supervisor().run(WHAT, () -> failLater(error, LATER));
    } catch (Throwable e) {
      account.supervisor().failed("The answer to " + request.subject(), e, null);
    }
  }

  private JsonWriter of(ApiException error) {
    JsonWriter out = begin();
    error.writeTo(out);
    errorFields.accept(out);
    return out;
  }

  private void later(long nanos, Runnable answer) {
    account.time().schedule(nanos, () -> account.supervisor().run(WHAT, answer::run));
  }

  private void failNow(ApiException error) {
    WorkBatch batch = new WorkBatch();
    fail(error, batch);
    batch.flush();
  }

  /** Returns the error that reports a failure of the server. */
  static ApiException of(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    return ApiError.STREAM_GENERAL_ERROR.exception(
        failure instanceof StoreException ? String.valueOf(failure.getMessage()) : failure);
  }

  private void send(byte[] response, boolean error, WorkBatch batch) {
    account.countAnswer(error);
    publish(response, batch);
    ApiAudit.publish(account, requester, request, response, batch);
  }

  private void publish(byte[] response, WorkBatch batch) {
    String reply = request.reply();
    if (reply != null) {
      account.account().publish(Message.of(reply, null, header, response), batch);
    }
  }
}
