package dev.hubkit.junit.stub;

import static dev.hubkit.junit.message.JsonContent.json;
import static dev.hubkit.junit.stub.StubVerification.atLeast;
import static dev.hubkit.junit.stub.StubVerification.verify;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.AsUser;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithNatsConfig;
import dev.hubkit.junit.message.MessageMatcher;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Stubs answer requests of real clients as services would. */
@WithHub(fossil = false)
class StubTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static Message request(Connection nats, String subject, String body) throws Exception {
    return nats.request(subject, body.getBytes(UTF_8), SOON);
  }

  private static String ask(Connection nats, String subject, String body) throws Exception {
    return new String(request(nats, subject, body).getData(), UTF_8);
  }

  private static String error(Message reply) {
    return reply.getHeaders().getLast(ReplySender.ERROR_CODE)
        + " "
        + reply.getHeaders().getLast(ReplySender.ERROR);
  }

  @Test
  void answersRequests(HubResource hub, Connection nats) throws Exception {
    // @start region="answersRequests"
    Stub stock = hub.stub("inventory.check.*").reply(json("{\"available\": true}"));

    Message reply = nats.request("inventory.check.42", "two".getBytes(UTF_8), SOON);

    assertThat(new String(reply.getData(), UTF_8)).isEqualTo("{\"available\": true}");
    verify(stock).called(1);
    // @end
    assertThat(stock.calls().get(0).request().text()).isEqualTo("two");
    assertThat(stock.calls().get(0).replies()).hasSize(1);
    assertThat(hub.stubs().all()).containsExactly(stock);
  }

  @Test
  void choosesByHeaderBodyPriorityAndAge(HubResource hub, Connection nats) throws Exception {
    // @start region="choosesByHeaderBodyPriorityAndAge"
    hub.stub("inventory.check.*").reply("any");
    hub.stub("inventory.check.*").matching(json("$.quantity", 0)).error(400, "no quantity");
    hub.stub("inventory.>").withHeader("Tenant", "acme").priority(1).reply("for acme");
    // @end
    assertThat(ask(nats, "inventory.check.42", "{\"quantity\": 3}")).isEqualTo("any");
    assertThat(error(request(nats, "inventory.check.42", "{\"quantity\": 0.0}")))
        .isEqualTo("400 no quantity");
    Headers acme = new Headers().put("Tenant", "acme");
    Message fromAcme =
        NatsMessage.builder().subject("inventory.check.1").headers(acme).data("{}").build();
    assertThat(nats.request(fromAcme, SOON).getData()).isEqualTo("for acme".getBytes(UTF_8));
    Stub newest = hub.stub("inventory.check.*").reply("newest");
    assertThat(ask(nats, "inventory.check.42", "{\"quantity\": 0}")).isEqualTo("newest");
    newest.remove();
    assertThat(ask(nats, "inventory.check.42", "{}")).isEqualTo("any");
  }

  @Test
  void repliesInSequenceAndAfterStates(HubResource hub, Connection nats) throws Exception {
    // @start region="sequence"
    hub.stub("jobs.next").reply("first").thenReply(StubReply.error(503, "overloaded"));
    // @end
    assertThat(ask(nats, "jobs.next", "")).isEqualTo("first");
    assertThat(error(request(nats, "jobs.next", ""))).isEqualTo("503 overloaded");
    assertThat(error(request(nats, "jobs.next", ""))).isEqualTo("503 overloaded");
    // @start region="scenario"
    hub.stub("cart.get").inScenario("cart").whenState(Stubs.STARTED).reply("[]");
    hub.stub("cart.add").inScenario("cart").willSetState("filled").reply("ok");
    hub.stub("cart.get").inScenario("cart").whenState("filled").reply("[\"book\"]");
    // @end
    assertThat(ask(nats, "cart.get", "")).isEqualTo("[]");
    assertThat(ask(nats, "cart.add", "")).isEqualTo("ok");
    assertThat(ask(nats, "cart.get", "")).isEqualTo("[\"book\"]");
    assertThat(hub.stubs().state("cart")).isEqualTo("filled");
    hub.stubs().setState("cart", Stubs.STARTED);
    assertThat(ask(nats, "cart.get", "")).isEqualTo("[]");
  }

  @Test
  void repliesByTemplateAndFunction(HubResource hub, Connection nats) throws Exception {
    hub.stub("shop.*.price.>")
        .replyTemplate("{{1}} {{wildcard(2)}} {{token(3)}} {{subject}} {{body}} {{counter}}");
    assertThat(ask(nats, "shop.eu.price.tea.green", "x"))
        .isEqualTo("eu tea.green price shop.eu.price.tea.green x 1");
    // @start region="template"
    hub.stub("orders.*.create")
        .replyTemplate(
            """
            {"region": "{{1}}", "item": "{{json($.item)}}", "number": {{counter}}, "at": "{{now}}"}""");
    // @end
    assertThat(ask(nats, "orders.eu.create", "{\"item\": \"a \\\"b\\\"\"}"))
        .startsWith("{\"region\": \"eu\", \"item\": \"a \\\"b\\\"\", \"number\": 1, \"at\": \"20");
    assertThat(error(request(nats, "orders.eu.create", "{}")))
        .startsWith("500 ")
        .contains("No value for {{json($.item)}}: the payload has nothing there");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.stub("x").replyTemplate("{{nonsense}}"))
        .withMessageContaining("{{nonsense}}")
        .withMessageContaining("{{counter}}");
    // @start region="function"
    hub.stub("sum.*")
        .reply(
            request -> StubReply.reply(request.token(2) + request.text()).withHeader("By", "us"));
    // @end
    Message sum = request(nats, "sum.1", "+2");
    assertThat(new String(sum.getData(), UTF_8)).isEqualTo("1+2");
    assertThat(sum.getHeaders().getFirst("By")).isEqualTo("us");
  }

  @Test
  void aSlowOrBrokenFunctionConcernsOnlyItsRequester(HubResource hub, Connection nats)
      throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    hub.stub("slow")
        .reply(
            request -> {
              release.await();
              return StubReply.reply("late");
            });
    hub.stub("broken")
        .reply(
            request -> {
              throw new IllegalStateException("out of stock");
            });
    hub.stub("quick").reply("at once");
    hub.stub("computed").reply(request -> StubReply.reply("soon"));
    CompletableFuture<Message> slow = nats.request("slow", null);
    for (int i = 0; i < 40; i++) {
      nats.publish("slow", null);
    }
    assertThat(ask(nats, "computed", "")).isEqualTo("soon");
    assertThat(ask(nats, "quick", "")).isEqualTo("at once");
    assertThat(error(request(nats, "broken", "")))
        .startsWith("500 ")
        .contains("IllegalStateException: out of stock");
    assertThat(slow).isNotDone();
    release.countDown();
    assertThat(slow.get(SOON.toSeconds(), TimeUnit.SECONDS).getData())
        .isEqualTo("late".getBytes(UTF_8));
    assertThat(hub.stubs().problems(hub.journal().begin()))
        .anySatisfy(line -> assertThat(line).startsWith("stub broken failed on broken"));
  }

  @Test
  void aBrokenConditionConcernsOnlyItsRequester(HubResource hub, Connection nats) throws Exception {
    hub.stub("a").reply("a");
    hub.stub("b")
        .matching(
            MessageMatcher.of(
                "broken",
                message -> {
                  throw new IllegalStateException("no condition");
                }))
        .reply("b");
    assertThat(error(request(nats, "b", ""))).startsWith("500 ").contains("no condition");
    assertThat(ask(nats, "a", "")).isEqualTo("a");
  }

  @Test
  void nobodyRespondsWhereTheStubSaysSo(HubResource hub, Connection nats) throws Exception {
    hub.stub("gone").noResponders();
    Subscription inbox = nats.subscribe("inbox.gone");
    Subscription other = nats.subscribe("inbox.nobody");
    nats.publish("gone", "inbox.gone", null);
    nats.publish("nobody", "inbox.nobody", null);
    Message stubbed = inbox.nextMessage(SOON);
    Message real = other.nextMessage(SOON);
    assertThat(stubbed.getStatus().getCode()).isEqualTo(503);
    assertThat(stubbed.getStatus().getMessage()).isEqualTo(real.getStatus().getMessage());
    assertThat(stubbed.getHeaders().getFirst("Nats-Subject")).isEqualTo("gone");
    assertThat(real.getHeaders().getFirst("Nats-Subject")).isEqualTo("nobody");
    assertThatThrownBy(() -> nats.request("gone", null).get(20, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void aClientWithoutNoRespondersHearsNothingOfThem(HubResource hub) throws Exception {
    hub.stub("gone").noResponders();
    hub.stub("there").reply("x");
    try (Connection deaf = hub.connect(new Options.Builder().noNoResponders())) {
      Subscription inbox = deaf.subscribe("inbox.deaf");
      deaf.publish("gone", "inbox.deaf", null);
      deaf.publish("there", "inbox.deaf", null);
      assertThat(inbox.nextMessage(SOON).getData()).isEqualTo("x".getBytes(UTF_8));
    }
  }

  @Test
  void neverRepliesWhereTheStubSaysSo(HubResource hub, Connection nats) throws Exception {
    Stub silent = hub.stub("silent").replyNothing();
    CompletableFuture<Message> reply = nats.request("silent", null);
    verify(silent).within(SOON).called(atLeast(1));
    // Its reply would arrive before this one.
    hub.stub("other").reply("x");
    assertThat(ask(nats, "other", "")).isEqualTo("x");
    assertThat(reply).isNotDone();
  }

  @Test
  void getsWhatItsQueueGroupWouldGet(HubResource hub, Connection nats) throws Exception {
    Dispatcher services =
        nats.createDispatcher(message -> nats.publish(message.getReplyTo(), null));
    services.subscribe("greet", "q");
    Subscription monitor = nats.subscribe("greet");
    nats.flush(SOON);
    Stub stub = hub.stub("greet").reply("stub");
    for (int i = 0; i < 20; i++) {
      assertThat(ask(nats, "greet", "")).isEqualTo("stub");
      assertThat(monitor.nextMessage(SOON)).isNotNull();
    }
    verify(stub).called(20);
    stub.remove();
    assertThat(ask(nats, "greet", "")).isEmpty();
    nats.closeDispatcher(services);
  }

  @Test
  void forwardsAndRecords(HubResource hub, Connection nats) throws Exception {
    Dispatcher real =
        nats.createDispatcher(
            message -> {
              Headers headers = new Headers().put("Seen", message.getHeaders().getFirst("Trace"));
              nats.publish(
                  NatsMessage.builder()
                      .subject(message.getReplyTo())
                      .headers(headers)
                      .data("real " + new String(message.getData(), UTF_8))
                      .build());
            });
    real.subscribe("real.check");
    nats.flush(SOON);
    // @start region="forwards"
    Stub proxy = hub.stub("inventory.*").forwardTo("real.{{1}}");
    // @end
    Headers trace = new Headers().put("Trace", "7");
    Message reply =
        nats.request(
            NatsMessage.builder().subject("inventory.check").headers(trace).data("tea").build(),
            SOON);
    assertThat(new String(reply.getData(), UTF_8)).isEqualTo("real tea");
    assertThat(reply.getHeaders().getFirst("Seen")).isEqualTo("7");
    StubCall recorded = proxy.calls().get(0);
    assertThat(recorded.request().text()).isEqualTo("tea");
    assertThat(recorded.replies().get(0).text()).isEqualTo("real tea");

    // A service may reply several times.
    Dispatcher talker =
        nats.createDispatcher(
            message -> {
              nats.publish(message.getReplyTo(), "1".getBytes(UTF_8));
              nats.publish(message.getReplyTo(), "2".getBytes(UTF_8));
            });
    talker.subscribe("real.talk");
    Subscription talk = nats.subscribe("inbox.talk");
    nats.publish("inventory.talk", "inbox.talk", null);
    assertThat(talk.nextMessage(SOON).getData()).isEqualTo("1".getBytes(UTF_8));
    assertThat(talk.nextMessage(SOON).getData()).isEqualTo("2".getBytes(UTF_8));
    assertThat(proxy.calls().get(1).replies()).hasSize(2);
    nats.closeDispatcher(talker);

    hub.stub("circle.a").forwardTo("circle.b");
    hub.stub("circle.b").forwardTo("circle.a");
    assertThat(error(request(nats, "circle.a", ""))).startsWith("508 ").contains("leads back");
    hub.stub("lost").forwardTo("nobody.there");
    assertThatThrownBy(() -> nats.request("lost", null).get(20, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    nats.closeDispatcher(real);
  }

  @Test
  void tellsWhatCameInstead(HubResource hub, Connection nats) throws Exception {
    Stub acme = hub.stub("inventory.check.*").withHeader("Tenant", "acme").reply("yes");
    Message reply = request(nats, "inventory.check.42", "two");
    assertThat(error(reply))
        .startsWith("404 No stub on inventory.check.* matches this request; nearest: ")
        .contains("header \"Tenant\" was absent, not \"acme\"");
    assertThat(hub.stubs().unmatched()).hasSize(1);
    nats.request("inventory.chek.42", null).handle((message, thrown) -> "").get();
    assertThatThrownBy(() -> verify(acme).called(2))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Expected 2 requests to stub inventory.check.* with header Tenant")
        .hasMessageContaining("but there was no request")
        .hasMessageContaining("inventory.check.42: two (header \"Tenant\" was absent")
        .hasMessageContaining("inventory.chek.42, which nobody subscribed to");
    Stub any = hub.stub("inventory.>").reply("ok");
    ask(nats, "inventory.check.7", "{\"id\": 7}");
    verify(any).calledWith(json("$.id", 7));
    verify(any).called(atLeast(1));
    verify(acme).neverCalled();
    assertThatThrownBy(() -> verify(any).calledWith(json("$.id", 8)))
        .hasMessageContaining("with JSON $.id = 8")
        .hasMessageContaining("inventory.check.7: {\"id\": 7} ($.id was 7, not 8)");
  }

  @Test
  @WithHub(fossil = false)
  void repliesAfterATimeOfTheHub(HubResource hub, Connection nats) throws Exception {
    hub.time().freeze();
    // @start region="delay"
    Stub slow = hub.stub("report").reply(StubReply.reply("done").after(Duration.ofMinutes(5)));
    CompletableFuture<Message> reply = nats.request("report", null);
    nats.flush(SOON);
    hub.time().advance(Duration.ofSeconds(299));
    assertThat(reply).isNotDone();
    hub.time().advance(Duration.ofSeconds(1));
    assertThat(reply.get(20, TimeUnit.SECONDS).getData()).isEqualTo("done".getBytes(UTF_8));
    // @end
    verify(slow).called(1);
    Subscription silent = nats.subscribe("real");
    nats.flush(SOON);
    hub.stub("proxy").forwardTo("real", Duration.ofMinutes(1));
    CompletableFuture<Message> proxied = nats.request("proxy", null);
    assertThat(silent.nextMessage(SOON)).isNotNull();
    hub.time().advance(Duration.ofMinutes(1));
    assertThat(error(proxied.get(20, TimeUnit.SECONDS)))
        .isEqualTo("504 No reply of real within 1 min");
  }

  @Test
  @WithHub(fossil = false)
  void isThereAgainAfterACrash(HubResource hub, Connection nats) throws Exception {
    hub.stub("inventory.*").reply("yes");
    assertThat(ask(nats, "inventory.1", "")).isEqualTo("yes");
    hub.faults().crash();
    hub.faults().recover();
    try (Connection fresh = hub.connect()) {
      assertThat(ask(fresh, "inventory.1", "")).isEqualTo("yes");
    }
    await().until(() -> nats.getStatus() == Connection.Status.CONNECTED);
    assertThat(ask(nats, "inventory.1", "")).isEqualTo("yes");
  }

  @Test
  @WithHub(fossil = false)
  @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
  void answersInTheAccountOfInjectedConnectionsOrAnother(
      HubResource hub, Connection nats, @AsUser("bob") Connection bob) throws Exception {
    hub.stub("who").reply("A");
    hub.stub("who").inAccount("B").reply("B");
    assertThat(ask(nats, "who", "")).isEqualTo("A");
    assertThat(ask(bob, "who", "")).isEqualTo("B");
    StubBuilder elsewhere = hub.stub("who").inAccount("C");
    assertThatThrownBy(() -> elsewhere.reply("C"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The server has no account \"C\" for a stub on who");
    hub.faults().crash();
    hub.faults().recover();
    try (Connection fresh = hub.connectAs("bob")) {
      assertThat(ask(fresh, "who", "")).isEqualTo("B");
    }
  }

  @Test
  void repliesStayWithinTheMaximumOfTheServer(HubResource hub, Connection nats) throws Exception {
    hub.stub("big").reply("x".repeat((1 << 20) + 1));
    assertThat(error(request(nats, "big", ""))).startsWith("500 ").contains("max_payload");
  }
}
