package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.StrictJson;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamChange;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import dev.hubkit.work.MemoryShortageException;
import dev.hubkit.work.WorkStep;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request to the JetStream API of an account, and its one response: whatever a step of it
 * throws, there is one.
 */
final class ApiRequest {
  // An answer that takes no more has no need to ask, as there are few of them at a time.
  private static final int SMALL_ANSWER = 32 * 1024;
  // What a writer takes that has written nothing yet, which waits for other executors.
  private static final int WRITER = 24 * 1024;
  // What a request takes that is parsed, for each of its bytes.
  private static final int PARSED = 4;
  private static final long LATER = 500_000_000;

  private final AccountJetStream jetStream;
  private final Message message;
  private final @Nullable Requester requester;
  private final String[] tokens;
  private final String type;
  private final Consumer<JsonWriter> errorFields;
  // These go from thread to thread with the request, over the locks of executors.
  private boolean answered;
  private final MemoryShare memory =
      new MemoryShare(MemoryBudget.ANSWERS, "the answer", SMALL_ANSWER);

  /**
   * @param message the request, with bytes of its own
   * @param requester whose it is; null for the server's own
   * @param tokens the tokens of the subject behind {@code $JS.API}
   * @param type the type of the response, without the common prefix: {@code stream_info_response}
   * @param errorFields the fields that go into an error response besides the error
   */
  ApiRequest(
      AccountJetStream jetStream,
      Message message,
      @Nullable Requester requester,
      String[] tokens,
      String type,
      Consumer<JsonWriter> errorFields) {
    this.errorFields = errorFields;
    this.jetStream = jetStream;
    this.message = message;
    this.requester = requester;
    this.tokens = tokens;
    this.type = type;
  }

  public AccountJetStream jetStream() {
    return jetStream;
  }

  /** The request as it came in; has bytes of its own. */
  public Message message() {
    return message;
  }

  /** Whose request it is; null for the server's own. */
  @Nullable
  public Requester requester() {
    return requester;
  }

  /** The headers of the request that the server knows. */
  public PublishHeaders headers() {
    return PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
  }

  /** How many tokens the subject has behind {@code $JS.API}. */
  public int tokenCount() {
    return tokens.length;
  }

  /** Token {@code index} of the subject behind {@code $JS.API}, from 0: {@code STREAM} is 0. */
  public String token(int index) {
    return tokens[index];
  }

  /** The tokens from {@code index} on, joined again; empty when there are none. */
  String tokensFrom(int index) {
    return String.join(".", Arrays.asList(tokens).subList(index, tokens.length));
  }

  /** Is there no payload, or an empty object? As nats-server asks. */
  public boolean isEmpty() {
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

  /** Does the payload begin like a JSON object or array? Anything else some requests ignore. */
  boolean isJson() {
    String text = message.text().stripLeading();
    return text.startsWith("{") || text.startsWith("[");
  }

  /**
   * The payload as a JSON object; an empty one when there is no payload.
   *
   * @throws ApiException {@link ApiError#INVALID_JSON} if it is anything else
   */
  public JsonObject json() {
    if (message.payloadLength() == 0) {
      return Json.parseObject("{}");
    }
    try {
      Object value = Json.parse(message.buffer(), message.payloadOffset(), message.payloadLength());
      // null is as good as nothing.
      JsonObject json = value == null ? Json.parseObject("{}") : Json.object(value);
      return jetStream.options().strict() ? json : json.tolerant();
    } catch (JsonException e) {
      throw ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The payload as a JSON object with no other fields than these.
   *
   * @throws ApiException {@link ApiError#INVALID_JSON}
   */
  public JsonObject json(Set<String> fields) {
    JsonObject json = json();
    StrictJson.allow(json, fields);
    return json;
  }

  /**
   * Goes on with {@code handler} on the executor of {@code stream}, with what was published earlier
   * safe.
   */
  void onStream(Stream stream, ApiHandler handler, WorkBatch batch) {
    onExecutor(
        stream,
        (same, taskBatch) -> {
          stream.commitPending(taskBatch);
          requireOpen(stream);
          handler.handle(same, taskBatch);
        },
        batch);
  }

  /**
   * Goes on with {@code handler} on the executor of {@code stream}, whatever has become of that.
   */
  public void onExecutor(Stream stream, ApiHandler handler, WorkBatch batch) {
    SerialExecutor.Task task =
        taskBatch -> {
          endWait();
          run(handler, taskBatch);
        };
    await();
    try {
      stream.executor().submit(task, batch);
    } catch (Throwable e) {
      endWait(); // it does not wait
      throw e;
    }
  }

  // Refuses to wait when too much does.
  private void await() {
    if (!jetStream.waiting().add(PARSED * message.length())) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
  }

  private void endWait() {
    jetStream.waiting().remove(PARSED * message.length());
  }

  /**
   * Refuses to go on when the stream has been deleted meanwhile.
   *
   * @throws ApiException {@link ApiError#STREAM_NOT_FOUND}
   */
  public void requireOpen(Stream stream) {
    if (stream.isClosed()) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
  }

  /**
   * Goes on with a change to the set of streams. When it throws, the response is an error and the
   * change is over.
   */
  public void mutate(StreamChange mutation, WorkBatch batch) {
    StreamChange answered =
        (taskBatch, done) -> {
          endWait();
          boolean begun =
              run(
                  (same, sameBatch) -> {
                    WorkStep.MUTATION_BEGUN.reach();
                    mutation.run(sameBatch, done);
                  },
                  taskBatch);
          if (!begun) {
            done.run(taskBatch);
          }
        };
    await();
    try {
      jetStream.mutate(answered, batch);
    } catch (Throwable e) {
      endWait(); // it does not wait
      throw e;
    }
  }

  /**
   * Goes on with a change to the set of streams on the executor of one; with its end it is over.
   */
  void endOnExecutor(Stream stream, SerialExecutor.Task done, ApiHandler handler, WorkBatch batch) {
    stream
        .executor()
        .submit(
            taskBatch -> {
              run(
                  (same, sameBatch) -> {
                    WorkStep.MUTATION_ON_EXECUTOR.reach();
                    handler.handle(same, sameBatch);
                  },
                  taskBatch);
              done.run(taskBatch);
            },
            batch);
  }

  /**
   * Runs a step of the request. What it throws is answered, unless the request has been: an {@link
   * ApiException} is the answer itself, anything unexpected an error of the server's, which is
   * logged, too.
   *
   * @return whether it has thrown nothing
   */
  public boolean run(ApiHandler handler, WorkBatch batch) {
    try {
      WorkStep.API_STEP.reach();
      handler.handle(this, batch);
      return true;
    } catch (ApiException e) {
      answer(e, batch);
    } catch (MemoryShortageException e) {
      answer(ApiError.INSUFFICIENT_RESOURCES.exception(), batch);
    } catch (JsonException e) {
      answer(ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage())), batch);
    } catch (Throwable e) {
      jetStream.supervisor().failed(message.subject(), e, failure -> answer(of(failure), batch));
    }
    return false;
  }

  private void answer(ApiException error, WorkBatch batch) {
    memory.close();
    if (answered) {
      return;
    }
    try {
      fail(error, batch);
    } catch (OutOfMemoryError e) {
      answerLater(error);
    } catch (Throwable e) {
      jetStream.supervisor().failed("The answer to " + message.subject(), e, null);
    }
  }

  // There is memory again when others have gone, and somebody waits for the answer.
  private void answerLater(ApiException error) {
    jetStream
        .supervisor()
        .run(
            "The answer to a request",
            () ->
                jetStream
                    .time()
                    .schedule(
                        LATER,
                        () ->
                            jetStream
                                .executor()
                                .execute(
                                    batch ->
                                        jetStream
                                            .supervisor()
                                            .run(
                                                "The answer to a request",
                                                () -> fail(error, batch)))));
  }

  /** The error that says that the server has failed. */
  private static ApiException of(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    return ApiError.STREAM_GENERAL_ERROR.exception(
        failure instanceof StoreException ? String.valueOf(failure.getMessage()) : failure);
  }

  /** Begins a response: an open object that holds the type. */
  public JsonWriter response() {
    memory.close(); // one that was begun before is not going to be sent
    return ApiResponse.begin(JsonWriter.compact(memory), type);
  }

  /** {@link #response()} that is written bit by bit, and waits for executors meanwhile. */
  JsonWriter longResponse() {
    JsonWriter out = response();
    memory.add(SMALL_ANSWER + WRITER);
    return out;
  }

  /** The memory of the answer, for what is collected before it is written. */
  public MemoryShare memory() {
    return memory;
  }

  /** Ends the response and sends it. */
  public void respond(JsonWriter response, WorkBatch batch) {
    byte[] bytes = response.endObject().toBytes();
    answered = true;
    try {
      send(bytes, false, batch);
    } finally {
      memory.close();
    }
  }

  /** Ends the response and sends it, without counting it as use of the API. */
  void respondUncounted(JsonWriter response, WorkBatch batch) {
    byte[] bytes = response.endObject().toBytes();
    answered = true;
    try {
      publish(bytes, batch);
    } finally {
      memory.close();
    }
  }

  /** Answers with an error that does not count as one. */
  void failUncounted(ApiException error, WorkBatch batch) {
    JsonWriter out = response();
    error.writeTo(out);
    errorFields.accept(out);
    respond(out, batch);
  }

  /** Answers {@code {"success": true}}, as deletions and the like do. */
  void succeed(WorkBatch batch) {
    respond(response().field("success", true), batch);
  }

  /** Answers with an error. */
  public void fail(ApiException error, WorkBatch batch) {
    JsonWriter out = response();
    error.writeTo(out);
    errorFields.accept(out);
    byte[] bytes = out.endObject().toBytes();
    answered = true;
    try {
      send(bytes, true, batch);
    } finally {
      memory.close();
    }
  }

  private void send(byte[] response, boolean error, WorkBatch batch) {
    jetStream.countAnswer(error);
    publish(response, batch);
    ApiAudit.publish(this, response, batch);
  }

  private void publish(byte[] response, WorkBatch batch) {
    String reply = message.reply();
    if (reply != null) {
      jetStream.account().publish(Message.of(reply, null, response), batch);
    }
  }
}
