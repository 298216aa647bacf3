package dev.hubkit.work;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A step of supervised work at which a test can inject an exception. For tests only: with the
 * system property {@value #PROPERTY} set to {@code true} when the class is loaded, {@link #reach}
 * calls the present {@link Injector}s, which throw what they like. Without the property, a step
 * costs one look at a constant.
 *
 * <p>Every {@link Worker} has constants for all its steps, so that a test can go through {@link
 * #of}. The build fails when no test goes through a worker.
 */
public enum WorkStep {
  // ---- An HTTP server.

  /** The loop is about to wait for HTTP connections. */
  HTTP_SELECT(Worker.HTTP_SERVER),
  /** The loop runs a task that another thread, or itself, has submitted. */
  HTTP_TASK(Worker.HTTP_SERVER),
  /** The socket of an HTTP connection, or the one that listens, is ready for something. */
  HTTP_SERVE(Worker.HTTP_SERVER),
  /** The loop checks time limits. */
  HTTP_TICK(Worker.HTTP_SERVER),
  /** The loop takes a new HTTP connection. */
  HTTP_ACCEPT(Worker.HTTP_SERVER),
  /** The loop reads from an HTTP connection. */
  HTTP_READ(Worker.HTTP_SERVER),
  /** The loop reads the head of a request. */
  HTTP_PARSE(Worker.HTTP_SERVER),
  /** Bytes that a slow HTTP peer does not take go to a file. */
  HTTP_SPOOL(Worker.HTTP_SERVER),
  /** The loop gives a request to a worker. */
  HTTP_DISPATCH(Worker.HTTP_SERVER),
  /** A worker begins a task of the loop. */
  HTTP_WORK(Worker.HTTP_SERVER),
  /** A worker calls the handler of a request. */
  HTTP_HANDLER(Worker.HTTP_SERVER),
  /** A worker writes to an HTTP connection. */
  HTTP_WRITE(Worker.HTTP_SERVER),
  /** The loop sends what an HTTP peer was slow to take. */
  HTTP_DRAIN(Worker.HTTP_SERVER),
  /** The loop closes an HTTP connection. */
  HTTP_CLOSE(Worker.HTTP_SERVER),

  // ---- An event loop.

  /** A loop is about to wait for sockets. */
  LOOP_SELECT(Worker.EVENT_LOOP),
  /** A socket of a loop is ready for something. */
  LOOP_SERVE(Worker.EVENT_LOOP),
  /** A loop is about to run a task that another thread, or itself, has submitted. */
  LOOP_TASK(Worker.EVENT_LOOP),
  /** A loop is about to run a delayed task. */
  LOOP_ALARM(Worker.EVENT_LOOP),
  /** A loop has served its sockets, and is about to write what came of it. */
  LOOP_FLUSH(Worker.EVENT_LOOP),

  // ---- A listening socket.

  /** A listener has its port, and is about to wait for clients. */
  LISTENER_START(Worker.LISTENER),
  /** A listener is about to accept a client. */
  LISTENER_ACCEPT(Worker.LISTENER),
  /** A listener has accepted a socket and is about to hand it to a loop. */
  LISTENER_OPEN(Worker.LISTENER),

  // ---- A client's connection.

  /** A connection is made, and about to greet the client. */
  CONNECTION_OPEN(Worker.CONNECTION),
  /** A connection is about to be read from. */
  CONNECTION_CARRY(Worker.CONNECTION),
  /** Bytes of a client are about to be read. */
  CONNECTION_READ(Worker.CONNECTION),
  /** What was read is about to be parsed. */
  CONNECTION_PARSE(Worker.CONNECTION),
  /** What was read has been parsed, and done. */
  CONNECTION_PARSED(Worker.CONNECTION),
  /** A message is about to be appended to what waits for a client. */
  CONNECTION_DELIVER(Worker.CONNECTION),
  /** What waits for a target of a batch is about to be written or stored. */
  BATCH_FLUSH(Worker.CONNECTION),
  /** What waits for a client is about to be written. */
  CONNECTION_FLUSH(Worker.CONNECTION),
  /** A client takes more again. */
  CONNECTION_RESUME(Worker.CONNECTION),
  /** One step of closing a connection is about to be done. */
  CONNECTION_CLOSE(Worker.CONNECTION),
  /** A connection is about to give back what it has. */
  CONNECTION_RELEASE(Worker.CONNECTION),

  /** Those who publish to a client that has caught up are about to be read from again. */
  BACKLOG_RELIEVE(Worker.CONNECTION),

  // ---- A connection within the JVM.

  /** A client within the JVM is about to hand over bytes. */
  PIPE_WRITE(Worker.PIPE),
  /** A client within the JVM is about to wait for bytes. */
  PIPE_READ(Worker.PIPE),

  // ---- A thread of timers.

  /** A timer is due, and its task about to run. */
  TIMER_DUE(Worker.TIMER),
  /** A client may have to be pinged. */
  HEARTBEAT_DUE(Worker.TIMER),

  // ---- The system account.

  /** A thread of the system account is about to do something. */
  SYSTEM_TASK(Worker.SYSTEM_ACCOUNT),

  // ---- The start and the end of a server.

  /** A server is about to open the next of its parts. */
  START(Worker.SERVER),
  /** The key that a server answers auth callouts with is about to be made. */
  START_KEY(Worker.SERVER),
  /** One of the parts of a server is about to be closed. */
  SHUTDOWN(Worker.SERVER),

  // ---- Routes to other servers.

  /** Another server is about to be accepted. */
  ROUTE_ACCEPT(Worker.ROUTE),
  /** A server that has connected is about to be greeted. */
  ROUTE_WELCOME(Worker.ROUTE),
  /** Another server is about to be connected to. */
  ROUTE_DIAL(Worker.ROUTE),
  /** The next operation of another server is about to be read. */
  ROUTE_READ(Worker.ROUTE),
  /** An operation of another server is about to be done. */
  ROUTE_OPERATION(Worker.ROUTE),
  /** A message is about to be appended to what waits for another server. */
  ROUTE_FORWARD(Worker.ROUTE),
  /** Another server is about to be told something. */
  ROUTE_TELL(Worker.ROUTE),
  /** What waits for another server is about to be written. */
  ROUTE_WRITE(Worker.ROUTE),
  /** A route is about to be closed. */
  ROUTE_CLOSE(Worker.ROUTE),

  // ---- Serial executors of JetStream.

  /** A busy executor is about to be handed over to the workers. */
  EXECUTOR_HAND_OVER(Worker.SERIAL_EXECUTOR),

  // ---- Requests to the JetStream API.

  /** A step of a request begins, on the requester's thread or on an executor. */
  API_STEP(Worker.API_REQUEST),
  /** A message is about to be read for a direct get. */
  DIRECT_GET(Worker.API_REQUEST),

  // ---- Changes to the streams of an account.

  /** A change begins, which excludes others. */
  MUTATION_BEGUN(Worker.MUTATION),
  /** A change is about to go on, or to end, on the executor of a stream. */
  MUTATION_ON_EXECUTOR(Worker.MUTATION),
  /** The files of a new stream are about to be made. */
  STREAM_FILES(Worker.MUTATION),
  /** A new stream is about to be one of its account's. */
  STREAM_ADD(Worker.MUTATION),
  /** A stream is about to be deleted. */
  STREAM_DELETE(Worker.MUTATION),

  // ---- What a stream does with a message.

  /** A message is about to be checked. */
  INGEST_RECEIVE(Worker.INGEST),
  /** A message is about to be written to the buffer of a log. */
  STORE_APPEND(Worker.INGEST),
  /** A message is in the buffer of a log, and not in the index. */
  STORE_INDEX(Worker.INGEST),
  /** A message is stored, and its publisher is not noted. */
  INGEST_STORED(Worker.INGEST),
  /** The publisher of a message is noted. */
  INGEST_NOTED(Worker.INGEST),
  /** The messages of a round are about to be made safe. */
  INGEST_COMMIT(Worker.INGEST),
  /** A buffer is about to be written to its file. */
  STORE_WRITE(Worker.INGEST),
  /** A buffer is written, and what is safe is not noted. */
  STORE_WRITTEN(Worker.INGEST),
  /** A round is safe, and nobody has been told. */
  INGEST_SAFE(Worker.INGEST),
  /** A publisher is about to be told. */
  INGEST_ANSWER(Worker.INGEST),
  /** The consumers are about to be told of a message. */
  INGEST_SHOW(Worker.INGEST),

  // ---- A consumer.

  /** A consumer is about to deliver what it can. */
  CONSUMER_WORK(Worker.CONSUMER),
  /** A message is chosen for a client, and not noted as delivered. */
  CONSUMER_CHOSEN(Worker.CONSUMER),
  /** A message is noted as delivered, and not sent. */
  CONSUMER_NOTED(Worker.CONSUMER),
  /** A message is sent, and nothing else done. */
  CONSUMER_SENT(Worker.CONSUMER),
  /** Acknowledgements are about to be taken. */
  CONSUMER_ACKS(Worker.CONSUMER),
  /** The state of a consumer is about to be written. */
  CONSUMER_FLUSH(Worker.CONSUMER),
  /** The state of a consumer is written, and clients are about to be told. */
  CONSUMER_FLUSHED(Worker.CONSUMER),
  /** A request for messages is about to be looked at. */
  CONSUMER_PULL(Worker.CONSUMER),

  // ---- What a stream does when its time has come.

  /** A timer is about to do what it is for, on its executor. */
  SERIAL_TIMER(Worker.STREAM_TIMER),
  /** Messages whose time is over are about to be removed. */
  EXPIRY_DUE(Worker.STREAM_TIMER),
  /** A message is about to be made of a schedule. */
  SCHEDULE_DUE(Worker.STREAM_TIMER),

  // ---- A mirror or a source.

  /** A feed is about to ask for a consumer. */
  FEED_CONNECT(Worker.FEED),
  /** A feed is about to look at the answer. */
  FEED_ANSWERED(Worker.FEED),
  /** A feed is about to take a message. */
  FEED_RECEIVE(Worker.FEED),
  /** A feed has stored a message. */
  FEED_STORED(Worker.FEED),

  // ---- Streams that go out and come in.

  /** A part of an archive is about to be sent. */
  SNAPSHOT_SEND(Worker.SNAPSHOT),
  /** A chunk of an archive is about to be taken. */
  RESTORE_CHUNK(Worker.RESTORE),
  /** A restored stream is about to become one of its account's. */
  RESTORE_REGISTER(Worker.RESTORE),
  /** A restored stream has, and whoever brought it has not been told. */
  RESTORE_REGISTERED(Worker.RESTORE),

  // ---- What stores do beside their streams.

  /** Files are about to be synced. */
  STORE_SYNC(Worker.STORE_UPKEEP),
  /** A segment is about to be tidied up. */
  STORE_RECLAIM(Worker.STORE_UPKEEP),
  /** A smaller copy of a segment is about to be synced. */
  STORE_REWRITE(Worker.STORE_UPKEEP),
  /** A segment is about to be read for its digest. */
  STORE_DIGEST(Worker.STORE_UPKEEP),

  // ---- The memory that stores take as they grow.

  /** The manifest of a log is about to be written, ahead of the sequences it speaks of. */
  STORE_RESERVE(Worker.STORE_GROWTH),
  /** One of the arrays of an index of subjects is about to grow. */
  SUBJECTS_GROW(Worker.STORE_GROWTH),

  // ---- Logins that take long.

  /** What a login waits for, such as the comparison with a hash, begins on a thread for that. */
  LOGIN_CHECK(Worker.LOGIN);

  /** A part that works by itself, and that a test can make fail at each of its steps. */
  public enum Worker {
    /** The HTTP server: its loop, and the workers of its handlers. */
    HTTP_SERVER,
    /** A thread that serves sockets. */
    EVENT_LOOP,
    /** A socket that clients connect to. */
    LISTENER,
    /** The connection of one client. */
    CONNECTION,
    /** A client within the JVM. */
    PIPE,
    /** A thread of timers. */
    TIMER,
    /** A thread that sends events and answers of the system account. */
    SYSTEM_ACCOUNT,
    /** The start and the end of a server. */
    SERVER,
    /** A route to another server. */
    ROUTE,
    /** What appends to one stream, or serves its consumers. */
    SERIAL_EXECUTOR,
    /** A request to the JetStream API. */
    API_REQUEST,
    /** A change to the streams of an account. */
    MUTATION,
    /** The threads that check passwords and fetch accounts. */
    LOGIN,
    /** The part of a stream that stores and acknowledges messages. */
    INGEST,
    /** A consumer, which delivers messages and takes acknowledgements. */
    CONSUMER,
    /** The timers of a stream. */
    STREAM_TIMER,
    /** A mirror or source, which feeds a stream from another one. */
    FEED,
    /** A stream that is sent to a client. */
    SNAPSHOT,
    /** A stream that a client sends. */
    RESTORE,
    /** The upkeep of a store, which syncs files and makes them smaller. */
    STORE_UPKEEP,
    /** What takes memory, so that a store can hold one more message. */
    STORE_GROWTH
  }

  /** The system property that arms all steps of this JVM. */
  public static final String PROPERTY = "hub.work.injection";

  private static final boolean ARMED = Boolean.getBoolean(PROPERTY);

  private static final CopyOnWriteArrayList<Injector> injectors = new CopyOnWriteArrayList<>();

  private final Worker worker;

  WorkStep(Worker worker) {
    this.worker = worker;
  }

  /** Throws what a test injects. */
  @FunctionalInterface
  public interface Injector {
    /** Called when the current thread reaches a step, which throws whatever this throws. */
    void reached(WorkStep step);
  }

  /** Marks that the current thread has reached this step. */
  public void reach() {
    if (ARMED) {
      for (Injector injector : injectors) {
        injector.reached(this);
      }
    }
  }

  /** The worker that does this step. */
  public Worker worker() {
    return worker;
  }

  /** The steps of a worker. */
  public static List<WorkStep> of(Worker worker) {
    return Arrays.stream(values()).filter(step -> step.worker == worker).toList();
  }

  /** Returns whether steps call injectors in this JVM. */
  public static boolean isArmed() {
    return ARMED;
  }

  /**
   * Makes every step call {@code injector} too, on whatever thread and in whatever server. Tests
   * run side by side, so an injector looks at the thread before it throws.
   */
  public static void inject(Injector injector) {
    injectors.add(injector);
  }

  /** No longer makes steps call {@code injector}. */
  public static void remove(Injector injector) {
    injectors.remove(injector);
  }
}
