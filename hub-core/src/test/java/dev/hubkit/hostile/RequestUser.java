package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.Duration;

/** Sends requests to its own service, over two connections. */
final class RequestUser implements OrdinaryClient {
  private final String name;
  private final Connection asking;
  private final Connection answering;
  private final String subject;
  private int asked;

  RequestUser(String name, Connection asking, Connection answering) throws Exception {
    this.name = name;
    this.asking = asking;
    this.answering = answering;
    subject = "echo." + name.replace(' ', '-');
    Dispatcher dispatcher =
        answering.createDispatcher(
            message -> answering.publish(message.getReplyTo(), message.getData()));
    dispatcher.subscribe(subject);
    answering.flush(Duration.ofSeconds(20));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void act() throws Exception {
    String text = "question " + ++asked;
    Message answer = asking.request(subject, text.getBytes(UTF_8), Duration.ofSeconds(20));
    if (answer == null || !text.equals(new String(answer.getData(), UTF_8))) {
      throw new AssertionError("\"" + text + "\" was answered by " + answer);
    }
  }

  @Override
  public long restMillis() {
    return 10;
  }

  @Override
  public void close() throws Exception {
    asking.close();
    answering.close();
  }
}
