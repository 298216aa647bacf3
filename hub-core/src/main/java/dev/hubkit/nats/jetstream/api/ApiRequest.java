package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaLeader;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamChange;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import dev.hubkit.work.MemoryShortageException;
import dev.hubkit.work.WorkStep;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request to the JetStream API of an account. It gets exactly one response, whatever its steps
 * throw.
 */
final class ApiRequest {
  // Responses up to this size reserve no memory, as there are few of them at a time.
  private static final int SMALL_ANSWER = 32 * 1024;
  // What an empty writer takes while its request waits for other executors.
  private static final int WRITER = 24 * 1024;
  // What a parsed request takes for each of its bytes.
  private static final int PARSED = 4;
  private static final long LATER = 500_000_000;

  /** The struct of {@code jetstream_api.go} that requests for pages embed. */
  static final JsonStruct PAGED =
      JsonStruct.of("server.ApiPagedRequest").field("offset", JsonType.INT).build();

  private final ApiAccount account;
  private final Message message;
  private final @Nullable Requester requester;
  private final String[] tokens;
  private final String type;
  private final Consumer<JsonWriter> errorFields;
  private final @Nullable ClusterGate cluster;
  // These pass from thread to thread with the request; the locks of the executors publish them.
  private boolean answered;
  private boolean waits;
  private boolean begun;
  private @Nullable RequestBacklog backlog;
  private long ticket;
  private byte[] header = {};
  private final MemoryShare memory =
      new MemoryShare(MemoryBudget.ANSWERS, "the answer", SMALL_ANSWER);

  /**
   * @param account where it was sent, with JetStream or without
   * @param message the request, with bytes of its own
   * @param requester the client that sent the request; null for the server itself
   * @param tokens the tokens of the subject behind {@code $JS.API}
   * @param type the type of the response, without the common prefix: {@code stream_info_response}
   * @param errorFields the fields that go into an error response besides the error
   * @param cluster what tells which server of a cluster answers; null without one
   */
  ApiRequest(
      ApiAccount account,
      Message message,
      @Nullable Requester requester,
      String[] tokens,
      String type,
      Consumer<JsonWriter> errorFields,
      @Nullable ClusterGate cluster) {
    this.cluster = cluster;
    this.errorFields = errorFields;
    this.account = account;
    this.message = message;
    this.requester = requester;
    this.tokens = tokens;
    this.type = type;
  }

  /** Returns the account the request was sent in. */
  ApiAccount account() {
    return account;
  }

  /** Returns what tells which server of a cluster answers; null without one. */
  @Nullable ClusterGate cluster() {
    return cluster;
  }

  /** Returns the reply subject; empty where nobody waits for an answer. */
  String reply() {
    String reply = message.reply();
    return reply == null ? "" : reply;
  }

  /**
   * Returns the JetStream of the account.
   *
   * @throws ApiException {@link ApiError#NOT_ENABLED_FOR_ACCOUNT}
   */
  public AccountJetStream jetStream() {
    if (account instanceof AccountJetStream jetStream) {
      return jetStream;
    }
    throw ApiError.NOT_ENABLED_FOR_ACCOUNT.exception();
  }

  /**
   * Checks that the account has JetStream.
   *
   * @throws ApiException {@link ApiError#NOT_ENABLED_FOR_ACCOUNT}
   */
  void requireJetStream() {
    jetStream();
  }

  /** Returns the message of the request, which owns its bytes. */
  public Message message() {
    return message;
  }

  /** Returns the client that sent the request, or null if the server did. */
  @Nullable
  public Requester requester() {
    return requester;
  }

  /** Returns the headers of the request, as far as the server knows them. */
  public PublishHeaders headers() {
    return PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
  }

  /** Returns how many tokens the subject has behind {@code $JS.API}. */
  public int tokenCount() {
    return tokens.length;
  }

  /**
   * Returns the token at {@code index} of the subject behind {@code $JS.API}; {@code STREAM} is at
   * 0.
   */
  public String token(int index) {
    return tokens[index];
  }

  /** Returns the last token of the subject. */
  String lastToken() {
    return tokenFromEnd(1);
  }

  /** Returns a token of the subject counted from its end, where the last one is at 1. */
  String tokenFromEnd(int index) {
    return tokens[tokens.length - index];
  }

  /** Returns the tokens from {@code index} on, joined again; empty if there are none. */
  String tokensFrom(int index) {
    return String.join(".", Arrays.asList(tokens).subList(index, tokens.length));
  }

  /** Returns whether the payload is missing or an empty object, which nats-server treats alike. */
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
  public JsonObject json(JsonStruct type) {
    byte[] bytes = message.buffer();
    int from = message.payloadOffset();
    int length = message.payloadLength();
    try {
      return Json.decode(bytes, from, length, type);
    } catch (JsonException e) {
      if (account.options().strict()) {
        String offset = e.offset() < 0 ? "" : " at offset " + e.offset();
        throw ApiError.INVALID_JSON.exception(e.getMessage() + offset);
      }
      return Json.unmarshal(bytes, from, length, type);
    }
  }

  /**
   * Continues with {@code handler} on the executor of {@code stream}, after a commit of what was
   * published earlier.
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
   * Continues with {@code handler} on the executor of {@code stream}, even if the stream has been
   * closed meanwhile.
   */
  public void onExecutor(Stream stream, ApiHandler handler, WorkBatch batch) {
    SerialExecutor.Task task =
        taskBatch -> {
          endWait();
          if (begin()) {
            run(handler, taskBatch);
          }
        };
    await();
    try {
      stream.executor().submit(task, batch);
    } catch (Throwable e) {
      waits = false;
      endWait();
      throw e;
    }
  }

  /** Notes that the request was counted into a backlog, which it leaves when its turn has come. */
  void waitIn(RequestBacklog counted, long number) {
    backlog = counted;
    ticket = number;
  }

  /** Counts the request out of its backlog if it has run to its end without waiting. */
  void beginUnlessWaiting() {
    if (!waits) {
      begin();
    }
  }

  // Returns false when the request was dropped while it waited for its turn.
  private boolean begin() {
    if (begun || backlog == null) {
      return true;
    }
    begun = true;
    if (backlog.leave(ticket)) {
      return true;
    }
    memory.close();
    return false;
  }

  // Refuses the request when there is no memory for it.
  private void await() {
    if (!jetStream().waiting().add(PARSED * message.length())) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    waits = true;
  }

  private void endWait() {
    jetStream().waiting().remove(PARSED * message.length());
  }

  /**
   * Checks that the stream has not been deleted meanwhile.
   *
   * @throws ApiException {@link ApiError#STREAM_NOT_FOUND}
   */
  public void requireOpen(Stream stream) {
    if (stream.isClosed()) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
  }

  /**
   * Queues a change to the set of streams. If the change throws, the response is an error and the
   * next change can begin.
   */
  public void mutate(StreamChange mutation, WorkBatch batch) {
    StreamChange answered =
        (taskBatch, done) -> {
          endWait();
          if (!begin()
              || !run(
                  (same, sameBatch) -> {
                    WorkStep.MUTATION_BEGUN.reach();
                    mutation.run(sameBatch, done);
                  },
                  taskBatch)) {
            done.run(taskBatch);
          }
        };
    await();
    try {
      jetStream().mutate(answered, batch);
    } catch (Throwable e) {
      waits = false;
      endWait();
      throw e;
    }
  }

  /** A change that the server that leads a cluster proposes to the others. */
  @FunctionalInterface
  interface Proposal {
    /**
     * Proposes the change.
     *
     * @param settled runs when it was made, or this server does not lead any more
     */
    void make(MetaLeader leader, Runnable settled);
  }

  /**
   * Queues a change to what a cluster has; see {@link #mutate}. The server that makes it answers.
   */
  void propose(ClusterGate gate, Proposal proposal, WorkBatch batch) {
    mutate(
        (taskBatch, done) ->
            proposal.make(
                gate.leader(),
                () -> {
                  WorkBatch settled = new WorkBatch();
                  done.run(settled);
                  jetStream().workers().execute(settled::flush);
                }),
        batch);
  }

  /**
   * Continues a change to the set of streams on the executor of one stream, and completes the
   * change afterwards.
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
   * Runs a step of the request. If the step throws before there was a response, the response is an
   * error: an {@link ApiException} as it is, anything else as a failure of the server, which is
   * logged.
   *
   * @return whether the step returned normally
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
      account.supervisor().failed(message.subject(), e, failure -> answer(of(failure), batch));
    }
    return false;
  }

  /** Responds with an error in a while, unless it has responded before. */
  void failLater(ApiException error, long nanos) {
    ApiRequest later = withoutPayload();
    account
        .time()
        .schedule(
            nanos,
            () ->
                account.supervisor().run("The answer to a request", () -> later.answerNow(error)));
  }

  /**
   * Returns the request to be answered later, when only the client matters. As in nats-server, the
   * audit of such an answer does not tell what was asked.
   */
  ApiRequest withoutPayload() {
    byte[] header = message.header();
    return new ApiRequest(
        account,
        Message.of(message.subject(), message.reply(), header, new byte[0]),
        requester,
        tokens,
        type,
        errorFields,
        cluster);
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
      account.supervisor().failed("The answer to " + message.subject(), e, null);
    }
  }

  // Memory becomes free when other requests end, and the client waits for the response.
  private void answerLater(ApiException error) {
    String what = "The answer to a request";
    account
        .supervisor()
        .run(
            what,
            () ->
                account
                    .time()
                    .schedule(LATER, () -> account.supervisor().run(what, () -> answerNow(error))));
  }

  private void answerNow(ApiException error) {
    WorkBatch batch = new WorkBatch();
    fail(error, batch);
    batch.flush();
  }

  /** Returns the error that reports a failure of the server. */
  private static ApiException of(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    return ApiError.STREAM_GENERAL_ERROR.exception(
        failure instanceof StoreException ? String.valueOf(failure.getMessage()) : failure);
  }

  /** Begins a response and returns its open object, which holds the type. */
  public JsonWriter response() {
    memory.close(); // a response that was begun earlier will not be sent
    return ApiResponse.begin(JsonWriter.compact(memory), type);
  }

  /** Begins a response that is written in several steps and waits for executors in between. */
  JsonWriter longResponse() {
    JsonWriter out = response();
    memory.add(SMALL_ANSWER + WRITER);
    return out;
  }

  /** Returns the memory share of the response, for data collected before it is written. */
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

  /** Ends the response and sends it in a while. */
  void respondLater(JsonWriter response, long nanos) {
    account
        .time()
        .schedule(
            nanos,
            () ->
                account
                    .supervisor()
                    .run(
                        "The answer to a request",
                        () -> {
                          WorkBatch batch = new WorkBatch();
                          respond(response, batch);
                          batch.flush();
                        }));
  }

  /** Ends the response and sends it without counting it among the API requests. */
  void respondUncounted(JsonWriter response, WorkBatch batch) {
    byte[] bytes = response.endObject().toBytes();
    answered = true;
    try {
      publish(bytes, batch);
    } finally {
      memory.close();
    }
  }

  /** Responds with an error without counting it among the API errors. */
  void failUncounted(ApiException error, WorkBatch batch) {
    JsonWriter out = response();
    error.writeTo(out);
    errorFields.accept(out);
    respond(out, batch);
  }

  /** Responds with {@code {"success": true}}, as deletions do. */
  void succeed(WorkBatch batch) {
    respond(response().field("success", true), batch);
  }

  /** Responds with an error. */
  public void fail(ApiException error, WorkBatch batch) {
    if (cluster != null) {
      cluster.pending().answered(this);
    }
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
    account.countAnswer(error);
    publish(response, batch);
    ApiAudit.publish(account, requester, message, response, batch);
  }

  /** Adds a header to a response that reports no error. */
  void withHeader(String name, String value) {
    header = HeaderBlock.add(header, name, value);
  }

  private void publish(byte[] response, WorkBatch batch) {
    String reply = message.reply();
    if (reply != null) {
      account.account().publish(Message.of(reply, null, header, response), batch);
    }
  }
}
