package dev.hubkit.junit.stub;

import dev.hubkit.log.Log;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Does about requests what their stubs say. Thread-safe. */
final class Responder {
  private static final Log log = Log.of(Responder.class);
  private static final int FAILED = 500;
  private static final int BUSY = 503;

  private final TimeSource time;
  private final FunctionCalls functions;
  private final ReplySender sender;
  private final Forwarding forwarding;

  /**
   * Makes a responder.
   *
   * @param functions runs the functions of tests
   */
  Responder(TimeSource time, FunctionCalls functions, ReplySender sender, Interests interests) {
    this.time = time;
    this.functions = functions;
    this.sender = sender;
    this.forwarding = new Forwarding(this, sender, interests);
  }

  /** Work for a call, whose failure the requester gets to know. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  /** Does something for a call; answers with an error if that fails. */
  void guard(StubCall call, Step step) {
    try {
      step.run();
    } catch (Throwable failure) {
      if (failure instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      fail(call, "The stub failed: " + failure, failure);
    }
  }

  /** Answers with the error 500, and records why. */
  void fail(StubCall call, String text, Throwable cause) {
    fail(call, FAILED, text, cause);
  }

  /** Answers with an error that is the test's fault, and records it. */
  void fail(StubCall call, int code, String text, @Nullable Throwable cause) {
    Stub stub = call.stub();
    log.warn(
        "{} could not answer {}: {}", stub == null ? "stubs" : stub, call.request(), text, cause);
    call.failed(text);
    try {
      sender.error(call, code, text, Map.of());
    } finally {
      finish(call, code + ":" + text);
    }
  }

  /** Ends the work on a call. */
  void finish(StubCall call, String error) {
    Stub stub = call.stub();
    if (call.finish() && stub != null && stub.endpoint() != null) {
      stub.endpoint().count(time.nanoTime() - call.arrived(), error);
    }
  }

  /** Answers a call. */
  void respond(StubCall call, Stub stub, StubReply reply, long count) {
    guard(
        call,
        () -> {
          if (reply.delay().isZero()) {
            perform(call, stub, reply, count);
          } else {
            later(call, stub, reply.delay(), () -> perform(call, stub, reply, count));
          }
        });
  }

  /** Does something after a time of the hub, unless the stub is removed before. */
  Timer later(StubCall call, Stub stub, Duration delay, Step step) {
    AtomicReference<@Nullable Timer> own = new AtomicReference<>();
    AtomicBoolean due = new AtomicBoolean();
    Timer timer =
        time.schedule(
            delay,
            () -> {
              due.set(true);
              release(stub, own.get());
              if (!stub.isRemoved()) {
                guard(call, step);
              }
            });
    own.set(timer);
    stub.keep(timer);
    if (due.get()) {
      // It may have been due before it was kept.
      release(stub, timer);
    }
    return timer;
  }

  private static void release(Stub stub, @Nullable Timer timer) {
    if (timer != null) {
      stub.release(timer);
    }
  }

  private void perform(StubCall call, Stub stub, StubReply reply, long count) {
    Answer answer = reply.answer();
    if (answer instanceof Answer.Fixed fixed) {
      sender.reply(call, reply.headers(), fixed.body().bytes());
      finish(call, "");
    } else if (answer instanceof Answer.Templated templated) {
      sender.reply(
          call, reply.headers(), bytes(templated.template().render(source(call, stub, count))));
      finish(call, "");
    } else if (answer instanceof Answer.Computed computed) {
      compute(call, stub, computed.function(), reply, count);
    } else if (answer instanceof Answer.Failed failed) {
      sender.error(call, failed.code(), failed.description(), reply.headers());
      finish(call, failed.code() + ":" + failed.description());
    } else if (answer instanceof Answer.NoResponders) {
      sender.noResponders(call);
      finish(call, BUSY + ":No Responders");
    } else if (answer instanceof Answer.Forwarded forwarded) {
      String target = forwarded.subject().render(source(call, stub, count));
      forwarding.forward(call, stub, target, forwarded.patience(), reply.headers());
    } else {
      finish(call, "");
    }
  }

  private ReplyTemplate.Source source(StubCall call, Stub stub, long count) {
    return new ReplyTemplate.Source(call.request(), stub.mapping().subject(), count, time.now());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void compute(
      StubCall call, Stub stub, StubFunction function, StubReply outer, long count) {
    Runnable work =
        () ->
            guard(
                call,
                () -> {
                  @Nullable StubReply result = function.answer(call.request());
                  if (result == null) {
                    throw new IllegalStateException(
                        "the function returned null; StubReply.none() stands for no reply");
                  }
                  if (result.answer() instanceof Answer.Computed) {
                    throw new IllegalStateException(
                        "the function returned a reply that is computed by a function");
                  }
                  respond(call, stub, result.withHeaders(outer.headers()), count);
                });
    try {
      functions.execute(stub, work);
    } catch (RejectedExecutionException e) {
      fail(call, BUSY, String.valueOf(e.getMessage()), null);
    }
  }
}
