package dev.hubkit.nats.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AccountSharingTest {
  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);
  private final Account exporter = new Account("A", time);
  private final Account importer = new Account("B", time);
  private final WorkBatch batch = new WorkBatch();
  private final List<String> got = new ArrayList<>();

  private Subscriber recorder() {
    return (subscription, message, b) -> got.add(message.subject() + "=" + message.text());
  }

  private int publish(Account account, String subject, String reply, String text) {
    return account.publish(
        Message.of(subject, reply, text.getBytes(StandardCharsets.UTF_8)), batch);
  }

  @Test
  void keepsAccountsApart() {
    importer.subscribe(">", null, recorder());
    assertThat(publish(exporter, "a", null, "x")).isZero();
    assertThat(got).isEmpty();
  }

  @Test
  void showsAnImportedStreamUnderItsLocalSubject() {
    exporter.sharing().export(StreamExport.toAll("orders.*"));
    Subscription early = importer.subscribe("sales.x", null, recorder());
    importer.sharing().importStream(exporter, "orders.*", "sales.$1");
    Subscription all = importer.subscribe(">", null, recorder());
    publish(exporter, "orders.x", null, "1");
    publish(exporter, "orders.y", null, "2");
    assertThat(got).containsExactlyInAnyOrder("sales.x=1", "sales.x=1", "sales.y=2");
    importer.unsubscribe(early);
    importer.unsubscribe(all);
    assertThat(exporter.interest().subscriptionCount()).isZero();
  }

  @Test
  void importsOnlyWhatIsExportedToIt() {
    exporter.sharing().export(new StreamExport("p.>", Set.of("C"), 0));
    exporter.sharing().export(new StreamExport("own.*.x", null, 2));
    assertThatThrownBy(() -> importer.sharing().importStream(exporter, "p.x", "p.x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> importer.sharing().importStream(exporter, "own.A.x", "x"))
        .isInstanceOf(IllegalArgumentException.class);
    importer.sharing().importStream(exporter, "own.B.x", "x");
  }

  @Test
  void refusesCycles() {
    exporter.sharing().export(StreamExport.toAll(">"));
    exporter.sharing().export(ServiceExport.toAll(">"));
    importer.sharing().export(StreamExport.toAll(">"));
    importer.sharing().export(ServiceExport.toAll(">"));
    importer.sharing().importStream(exporter, "a", "a");
    importer.sharing().importService(exporter, "s", "s");
    assertThatThrownBy(() -> exporter.sharing().importStream(importer, "a", "a"))
        .hasMessage("import forms a cycle");
    assertThatThrownBy(() -> exporter.sharing().importService(importer, "s", "s"))
        .hasMessage("import forms a cycle");
    // Each may have what the other does not have from it.
    exporter.sharing().importStream(importer, "b", "b");
    exporter.sharing().importService(importer, "t", "t");
  }

  @Test
  void importsSubjectsWithWildcardsAsTheyAre() {
    exporter.sharing().export(StreamExport.toAll("orders.*.*"));
    exporter.sharing().export(ServiceExport.toAll("svc.*.*"));
    importer.sharing().importStream(exporter, "orders.*.*", "shop.orders.*.*");
    importer.sharing().importService(exporter, "svc.*.*", "ask.$2.$1");
    importer.subscribe("shop.>", null, recorder());
    exporter.subscribe("svc.>", null, recorder());
    publish(exporter, "orders.x.y", null, "1");
    publish(importer, "ask.p.q", null, "2");
    assertThat(got).containsExactly("shop.orders.x.y=1", "svc.q.p=2");
  }

  @Test
  void asksAnImportedServiceAndTakesOneAnswer() {
    exporter.sharing().export(ServiceExport.toAll("svc.*"));
    importer.sharing().importService(exporter, "svc.$1", "ask.*");
    assertThat(publish(importer, "ask.x", "inbox", "nobody")).isZero();
    exporter.subscribe(
        "svc.x",
        null,
        (subscription, request, b) -> {
          String reply = request.reply();
          assertThat(reply).startsWith("_R_.");
          publish(exporter, reply, null, "re " + request.text());
          publish(exporter, reply, null, "again");
        });
    importer.subscribe("inbox", null, recorder());
    assertThat(publish(importer, "ask.x", "inbox", "hello")).isEqualTo(1);
    assertThat(got).containsExactly("inbox=re hello");
  }

  @Test
  void takesAnswersUntilTheEmptyOneOrTheThreshold() {
    exporter
        .sharing()
        .export(
            new ServiceExport(
                "many", null, 0, ServiceExport.Responses.CHUNKED, Duration.ofSeconds(10)));
    importer.sharing().importService(exporter, "many", "many");
    List<String> replies = new ArrayList<>();
    exporter.subscribe("many", null, (subscription, request, b) -> replies.add(request.reply()));
    importer.subscribe("inbox", null, recorder());
    publish(importer, "many", "inbox", "");
    publish(importer, "many", "inbox", "");
    publish(exporter, replies.get(0), null, "1");
    publish(exporter, replies.get(0), null, "2");
    publish(exporter, replies.get(0), null, "");
    publish(exporter, replies.get(0), null, "late");
    assertThat(got).containsExactly("inbox=1", "inbox=2", "inbox=");
    time.advance(Duration.ofSeconds(12));
    publish(exporter, replies.get(1), null, "too late");
    assertThat(got).hasSize(3);
    assertThat(time.pendingTimers()).isZero();
  }

  @Test
  void mapsByWeightAndLosesWhatIsLeft() {
    exporter.mappings(
        List.of(
            SubjectMapping.of("a.*", List.of(new SubjectMapping.Target("b.$1", 100))),
            SubjectMapping.of("c", List.of(new SubjectMapping.Target("d", 30))),
            SubjectMapping.of("e", List.of(new SubjectMapping.Target("e", 40)))));
    assertThat(exporter.map("a.x")).isEqualTo("b.x");
    assertThat(exporter.map("z")).isEqualTo("z");
    int moved = 0;
    int lost = 0;
    for (int i = 0; i < 10_000; i++) {
      moved += "d".equals(exporter.map("c")) ? 1 : 0;
      lost += exporter.map("e") == null ? 1 : 0;
    }
    assertThat(moved).isBetween(2700, 3300);
    assertThat(lost).isBetween(5700, 6300);
    assertThatThrownBy(
            () ->
                SubjectMapping.of(
                    "a",
                    List.of(
                        new SubjectMapping.Target("b", 60), new SubjectMapping.Target("c", 60))))
        .hasMessageContaining("total weight");
  }
}
