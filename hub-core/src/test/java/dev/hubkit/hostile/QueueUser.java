package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;

/**
 * Puts jobs into a work queue and takes them out: each job comes once, in order, and is then gone.
 */
final class QueueUser implements OrdinaryClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Connection connection;
  private final JetStream jetStream;
  private final ConsumerContext worker;
  private int jobs;
  private int done;

  QueueUser(Connection connection) throws IOException, JetStreamApiException {
    this.connection = connection;
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("JOBS")
                .subjects("jobs")
                .storageType(StorageType.File)
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .build());
    jetStream = connection.jetStream();
    worker =
        connection
            .getStreamContext("JOBS")
            .createOrUpdateConsumer(
                ConsumerConfiguration.builder()
                    .durable("worker")
                    .ackWait(Duration.ofMinutes(2))
                    .build());
  }

  @Override
  public String name() {
    return "work queue";
  }

  @Override
  public void act() throws Exception {
    jetStream.publish("jobs", ("job " + (jobs + 1)).getBytes(UTF_8));
    jobs++; // a job that the server refused is not in the queue
    while (done < jobs) {
      Message message = worker.next(PATIENCE);
      String job = "job " + (done + 1);
      if (message == null) {
        throw new AssertionError("nothing comes, not " + job);
      }
      String found = new String(message.getData(), UTF_8);
      if (!found.equals(job)) {
        throw new AssertionError("worked on " + found + ", not on " + job);
      }
      message.ackSync(PATIENCE);
      done++;
    }
  }

  @Override
  public void finish() throws Exception {
    long left =
        connection.jetStreamManagement().getStreamInfo("JOBS").getStreamState().getMsgCount();
    if (left != 0) {
      throw new AssertionError(left + " jobs that are done are still there");
    }
  }

  @Override
  public long restMillis() {
    return 50;
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
