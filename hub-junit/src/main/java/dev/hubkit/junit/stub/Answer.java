package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.Body;
import dev.hubkit.time.DurationText;
import java.time.Duration;

/** What a stub does about a request. */
sealed interface Answer {
  /** Replies with this body. */
  record Fixed(Body body) implements Answer {
    @Override
    public String toString() {
      return "a reply" + StubRequest.payloadText(body.bytes());
    }
  }

  /** Replies with a text that depends on the request. */
  record Templated(ReplyTemplate template) implements Answer {
    @Override
    public String toString() {
      return "a reply by the template " + template;
    }
  }

  /** Has the test compute the reply. */
  record Computed(StubFunction function) implements Answer {
    @Override
    public String toString() {
      return "a reply by a function";
    }
  }

  /** Replies with an error of a service (ADR-32). */
  record Failed(int code, String description) implements Answer {
    @Override
    public String toString() {
      return "service error " + code + " " + description;
    }
  }

  /** Never replies. */
  record Silent() implements Answer {
    @Override
    public String toString() {
      return "no reply";
    }
  }

  /** Replies as the server does where nobody subscribes. */
  record NoResponders() implements Answer {
    @Override
    public String toString() {
      return "503 No Responders";
    }
  }

  /** Asks another subject, and passes on what it answers within a time of the hub. */
  record Forwarded(ReplyTemplate subject, Duration patience) implements Answer {
    @Override
    public String toString() {
      return "the reply of " + subject + ", within " + DurationText.of(patience);
    }
  }
}
