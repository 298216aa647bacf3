package dev.hubkit.junit.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.sync.SyncSummary;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.net.Pipe;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the journal of a hub records of real clients. Each test has a hub of its own. */
class JournalTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  private static Connection connect(HubResource hub, String name) {
    return hub.connect(new Options.Builder().connectionName(name));
  }

  @Test
  @WithHub(fossil = false)
  void knowsWhatClientsPublishAndAreSent(HubResource hub) throws Exception {
    Connection shop = connect(hub, "shop");
    Connection kitchen = connect(hub, "kitchen");
    Subscription orders = kitchen.subscribe("orders.*", "cooks");
    kitchen.flush(SOON);
    shop.publish("orders.1", "tickets", new Headers().put("Table", "7"), ORDER);
    assertThat(orders.nextMessage(SOON)).isNotNull();

    // @start region="knowsWhatClientsPublishAndAreSent"
    JournalEntry published = hub.journal().published("orders.>").last();
    assertThat(published.clientName()).contains("shop");
    // @end
    assertThat(published.client()).isEqualTo(shop.getServerInfo().getClientId());
    assertThat(published.account()).contains("$G");
    assertThat(published.subject()).isEqualTo("orders.1");
    assertThat(published.reply()).contains("tickets");
    assertThat(published.text()).isEqualTo("two coffees");
    assertThat(published.headers()).containsEntry("Table", List.of("7"));
    JournalEntry subscribed = hub.journal().subscribed("orders.*").last();
    assertThat(subscribed.detail()).isEqualTo("in queue group cooks");
    JournalEntry delivered = hub.journal().delivered("orders.1").last();
    assertThat(delivered.clientName()).contains("kitchen");
    assertThat(delivered.sid()).isEqualTo(subscribed.sid());
    assertThat(List.of(subscribed, published, delivered))
        .isSortedAccordingTo((a, b) -> Long.compare(a.number(), b.number()));
    assertThat(published)
        .hasToString(
            published.toString().substring(0, 12)
                + " #"
                + published.client()
                + " \"shop\" PUB orders.1 (reply tickets) Table=[7], 11 bytes: two coffees");
    assertThat(hub.journal().published("orders.>").by("kitchen")).isEmpty();
    assertThat(hub.journal().published("orders.>").withHeader("Table", "7")).hasSize(1);
    assertThat(hub.journal().published("orders.>").withHeader("table", "7")).isEmpty();
    assertThat(hub.journal().published("orders.>").withHeader("Table", "8")).isEmpty();
    assertThat(hub.journal().published("orders.>").containing("coffee")).hasSize(1);
    assertThat(hub.journal().connected().by("shop")).hasSize(1);
    shop.close();
    assertThat(hub.journal().await().disconnected().by("shop").atMost(SOON).last().detail())
        .isEqualTo("Client Closed");
  }

  @Test
  @WithHub(fossil = false)
  void knowsRequestsAndAcknowledgements(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
    assertThat(hub.journal().apiRequests("STREAM.CREATE.*").last().text()).contains("\"ORDERS\"");
    assertThat(hub.journal().apiRequests("STREAM.DELETE.*")).isEmpty();
    jetStream.publish("orders.1", ORDER);
    jetStream.publish("orders.2", ORDER);
    JetStreamSubscription subscription = jetStream.subscribe("orders.>");
    String consumer = subscription.getConsumerName();
    subscription.nextMessage(SOON).nak();
    subscription.nextMessage(SOON).ack();
    Message again = subscription.nextMessage(SOON);
    assertThat(again.metaData().deliveredCount()).isEqualTo(2);
    again.ack();

    // @start region="knowsRequestsAndAcknowledgements"
    Entries acks = hub.journal().await().acked("ORDERS", consumer).times(3).atMost(SOON);
    // @end
    assertThat(acks.stream().map(ack -> ack.acknowledgement().orElseThrow()))
        .containsExactly(
            new Acknowledgement("ORDERS", consumer, 1, 1, 1, "-NAK"),
            new Acknowledgement("ORDERS", consumer, 1, 2, 2, "+ACK"),
            new Acknowledgement("ORDERS", consumer, 2, 1, 3, "+ACK"));
    assertThat(hub.journal().acked("OTHERS")).isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  void knowsErrorsAndNoResponders(HubResource hub) throws Exception {
    Connection client = connect(hub, "client");
    assertThat(client.request("nobody.there", ORDER, SOON)).isNull();
    Entries statuses =
        hub.journal()
            .delivered("_INBOX.>")
            .where("503", entry -> entry.headerStatus().equals("503"));
    assertThat(statuses.last().headers()).containsEntry("Nats-Subject", List.of("nobody.there"));
    try (Pipe raw = hub.hub().nats().connectInProcess()) {
      byte[] wrong = "CONNECT {\"name\":\"raw\"}\r\nSUB a..b 1\r\n".getBytes(UTF_8);
      raw.write(wrong, 0, wrong.length);
    }
    JournalEntry error = hub.journal().errors().by("raw").last();
    assertThat(error.detail()).isEqualTo("'Invalid Subject'");
  }

  @Test
  @WithHub(fossil = false)
  void wakesWhoWaits(HubResource hub) throws Exception {
    Connection client = connect(hub, "client");
    Journal.Mark mark = hub.journal().mark();
    CompletableFuture<Entries> later =
        CompletableFuture.supplyAsync(
            () -> hub.journal().awaitSince(mark).published("a.*").times(3).atMost(SOON));
    client.publish("a.1", ORDER);
    client.publish("b.1", ORDER);
    client.publish("a.2", ORDER);
    client.flush(SOON);
    assertThat(later).isNotDone();
    client.publish("a.3", ORDER);
    assertThat(later.get(20, TimeUnit.SECONDS).stream().map(JournalEntry::subject))
        .containsExactly("a.1", "a.2", "a.3");
    assertThat(hub.journal().since(mark).everything().stream())
        .noneMatch(entry -> entry.kind() == Kind.CONNECTED);
  }

  @Test
  @WithHub(fossil = false)
  void saysWhatHappenedInsteadOfWhatWasExpected(HubResource hub) throws Exception {
    Connection client = connect(hub, "client");
    client.publish("a.1", ORDER);
    client.flush(SOON);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> hub.journal().await().published("a.>").times(2).atMost(Duration.ofMillis(20)))
        .withMessageContaining("Expected published on a.>, 2 times, within 20 ms")
        .withMessageContaining("found 1")
        .withMessageContaining("\"client\" PUB a.1, 11 bytes: two coffees");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.journal().published("a..b"))
        .withMessageContaining("a..b");
  }

  @Test
  @WithHub(fossil = false)
  void keepsOnlySoMuch(HubResource hub) throws Exception {
    Connection client = connect(hub, "client");
    byte[] large = new byte[100_000];
    int count = Journal.MOST_BYTES / Journal.KEPT_PAYLOAD + 1000;
    for (int i = 0; i < count; i++) {
      client.publish("large", large);
    }
    client.flush(SOON);
    Entries kept = hub.journal().published("large");
    assertThat(kept.count()).isLessThan(Journal.MOST_BYTES / Journal.KEPT_PAYLOAD).isPositive();
    assertThat(kept.last().payload()).hasSize(Journal.KEPT_PAYLOAD);
    assertThat(kept.last().payloadLength()).isEqualTo(large.length);
    hub.journal().stop();
    client.publish("unseen", ORDER);
    client.flush(SOON);
    hub.journal().start();
    client.publish("seen", ORDER);
    client.flush(SOON);
    assertThat(hub.journal().published("unseen")).isEmpty();
    assertThat(hub.journal().published("seen")).hasSize(1);
    // Otherwise the journal could contain the server's next ping and the client's response.
    hub.journal().stop();
    hub.journal().clear();
    assertThat(hub.journal().everything()).isEmpty();
    assertThat(hub.journal().tail()).isEqualTo("(the journal was stopped)");
    assertThat(new Journal(hub.hub().nats().time()).tail()).isEqualTo("(nothing has happened)");
  }

  @Test
  @WithHub(nats = false)
  void knowsSyncsAndPages(HubResource hub, @TempDir Path directory) throws Exception {
    URI url = URI.create(hub.fossilUrl());
    try (FossilRepository clone =
        FossilClient.of(url).cloneTo(directory.resolve("clone.fossil"), "me")) {
      assertThat(clone.<String, RuntimeException>read(snapshot -> snapshot.projectCode()))
          .isNotEmpty();
    }
    SyncSummary cloned =
        hub.journal()
            .await()
            .syncRequests()
            .where("that clone", entry -> entry.sync().orElseThrow().received("clone") > 0)
            .atMost(SOON)
            .first()
            .sync()
            .orElseThrow();
    assertThat(cloned.sent("cfile") + cloned.sent("file")).isPositive();
    assertThat(cloned.error()).isNull();
    try (FossilRepository stranger =
        FossilRepository.create(
            directory.resolve("other.fossil"), CreateOptions.withAdministrator("me"))) {
      Journal.Mark mark = hub.journal().mark();
      assertThatExceptionOfType(Exception.class)
          .isThrownBy(() -> FossilClient.of(url).pull(stranger));
      assertThat(
              hub.journal()
                  .awaitSince(mark)
                  .syncRequests()
                  .atMost(SOON)
                  .last()
                  .sync()
                  .orElseThrow())
          .extracting(SyncSummary::error)
          .isEqualTo("wrong project");
    }
    HttpClient http = HttpClient.newHttpClient();
    http.send(
        HttpRequest.newBuilder(url.resolve("/timeline?n=5")).build(), BodyHandlers.ofString());
    JournalEntry page = hub.journal().await().pageRequests("/timeline").atMost(SOON).last();
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.detail()).isEqualTo("GET /timeline?n=5");
  }
}
