package dev.hubkit.junit.stub;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.DurationText;
import dev.hubkit.time.Timer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Passes requests on to other subjects, and their replies back. Thread-safe. */
final class Forwarding {
  private static final String INBOX = "_INBOX.";
  private static final int TIMEOUT = 504;
  private static final int LOOP = 508;
  private static final int MOST_OPEN = 1000;

  private final Responder responder;
  private final ReplySender sender;
  private final Interests interests;
  // By inbox, the oldest first.
  private final Map<String, Open> open = new LinkedHashMap<>();

  Forwarding(Responder responder, ReplySender sender, Interests interests) {
    this.responder = responder;
    this.sender = sender;
    this.interests = interests;
  }

  /** A request whose replies are passed on, until its stub or its time ends. */
  private final class Open implements Timer {
    private final String inbox;
    private final StubCall call;
    private final Stub stub;
    private final Account account;
    private final Subscription subscription;
    private volatile Timer end = () -> {};

    Open(String inbox, StubCall call, Stub stub, Account account, Subscription subscription) {
      this.inbox = inbox;
      this.call = call;
      this.stub = stub;
      this.account = account;
      this.subscription = subscription;
    }

    @Override
    public void cancel() {
      close();
    }

    /** Ends it; returns whether it was open. */
    boolean close() {
      synchronized (open) {
        if (open.remove(inbox) == null) {
          return false;
        }
      }
      account.unsubscribe(subscription);
      end.cancel();
      stub.release(end);
      stub.release(this);
      return true;
    }
  }

  void forward(
      StubCall call, Stub stub, String target, Duration patience, Map<String, List<String>> more) {
    if (!Subjects.isValidLiteral(target)) {
      throw new IllegalStateException("cannot forward to \"" + target + "\", which is no subject");
    }
    if (isLoop(call)) {
      responder.fail(
          call, LOOP, "The request was forwarded to " + target + ", which leads back here", null);
      return;
    }
    Account account =
        interests
            .account(call.account())
            .orElseThrow(() -> new IllegalStateException("the account is gone"));
    String inbox = INBOX + Nuid.next();
    Subscription subscription =
        account.subscribe(
            inbox,
            null,
            (to, message, batch) -> {
              Message reply = message.retain();
              responder.guard(call, () -> passOn(call, reply, more));
            });
    Open made = new Open(inbox, call, stub, account, subscription);
    stub.keep(made);
    open(made);
    made.end = responder.later(call, stub, patience, () -> end(made, target, patience));
    byte[] block = new byte[0];
    for (Map.Entry<String, List<String>> header : call.request().headers().entrySet()) {
      for (String value : header.getValue()) {
        block = HeaderBlock.add(block, header.getKey(), value);
      }
    }
    Message request = Message.of(target, inbox, block, call.request().view().payload());
    if (sender.publish(call.account(), request) == 0) {
      made.close();
      call.failed("nobody subscribes to " + target);
      sender.noResponders(call);
      responder.finish(call, "503:No Responders");
    }
  }

  private void open(Open made) {
    Open oldest = null;
    synchronized (open) {
      open.put(made.inbox, made);
      if (open.size() > MOST_OPEN) {
        oldest = open.values().iterator().next();
      }
    }
    if (oldest != null) {
      oldest.close();
    }
  }

  private boolean isLoop(StubCall call) {
    synchronized (open) {
      Open before = open.get(call.request().reply().orElse(""));
      while (before != null) {
        if (before.call.stub() == call.stub()) {
          return true;
        }
        before = open.get(before.call.request().reply().orElse(""));
      }
      return false;
    }
  }

  private void passOn(StubCall call, Message reply, Map<String, List<String>> more) {
    byte[] block = reply.header();
    for (Map.Entry<String, List<String>> header : more.entrySet()) {
      for (String value : header.getValue()) {
        block = HeaderBlock.add(block, header.getKey(), value);
      }
    }
    sender.replyWith(call, block, reply.payload());
    responder.finish(call, "");
  }

  private void end(Open made, String target, Duration patience) {
    if (made.close() && made.call.replies().isEmpty()) {
      responder.fail(
          made.call,
          TIMEOUT,
          "No reply of " + target + " within " + DurationText.of(patience),
          null);
    }
  }
}
