package dev.hubkit.nats.route;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.StartListener;
import dev.hubkit.nats.net.RawClient;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Servers of one cluster, as the clients of each server see them. */
class ClusterTest extends ServersOfACluster {
  @Test
  void messagesAndRequestsCrossARouteOnce() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onA = connect(a);
    Connection onB = connect(b);
    Subscription wild = onB.subscribe("orders.>");
    Subscription literal = onB.subscribe("orders.new");
    Dispatcher answering =
        onB.createDispatcher(m -> onB.publish(m.getReplyTo(), m.getHeaders(), m.getData()));
    answering.subscribe("ask");
    onB.flush(PATIENCE);
    awaitInterest(a, "ask");
    onA.publish("orders.new", bytes("1"));
    onA.publish("orders.old", bytes("2"));
    assertThat(text(wild.nextMessage(PATIENCE))).isEqualTo("1");
    assertThat(text(wild.nextMessage(PATIENCE))).isEqualTo("2");
    assertThat(text(literal.nextMessage(PATIENCE))).isEqualTo("1");
    assertThat(text(onA.request("ask", bytes("me"), PATIENCE))).isEqualTo("me");
    // A message that was delivered twice would be pending by now.
    onA.flush(PATIENCE);
    onB.flush(PATIENCE);
    assertThat(wild.getPendingMessageCount()).isNotPositive();
    assertThat(literal.getPendingMessageCount()).isNotPositive();
    assertThat(ServerAccess.routes(b).iterator().next().inMessages()).isEqualTo(3);
    wild.unsubscribe();
    literal.unsubscribe();
    onB.flush(PATIENCE);
    await().atMost(PATIENCE).until(() -> !ServerAccess.defaultAccount(a).hasInterest("orders.new"));
  }

  @Test
  void aRequestThatNobodyAnywhereAnswersIsToldSo() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onA = connect(Options.builder().server(a.clientUrl()).reportNoResponders());
    assertThatThrownBy(() -> onA.request("nobody", bytes("x")).get(20, TimeUnit.SECONDS))
        .hasMessageContaining("503");
  }

  @Test
  void aQueueGroupTakesAMessageOnceAndHereFirst() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    NatsServer c = start("C", to(a), "");
    awaitRoutes(2, a, b, c);
    Connection onA = connect(a);
    AtomicInteger atA = new AtomicInteger();
    AtomicInteger atB = new AtomicInteger();
    AtomicInteger atC = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(400);
    Connection onB = connect(b);
    Connection onC = connect(c);
    onB.createDispatcher(m -> count(atB, all)).subscribe("work", "q");
    onC.createDispatcher(m -> count(atC, all)).subscribe("work", "q");
    onB.flush(PATIENCE);
    onC.flush(PATIENCE);
    await().atMost(PATIENCE).until(() -> groups(a) == 2);
    for (int i = 0; i < 200; i++) {
      onA.publish("work", bytes("x"));
    }
    await().atMost(PATIENCE).until(() -> atB.get() + atC.get() >= 200);
    assertThat(atB.get() + atC.get()).isEqualTo(200);
    assertThat(atB.get()).isBetween(1, 199);
    onA.createDispatcher(m -> count(atA, all)).subscribe("work", "q");
    onA.flush(PATIENCE);
    for (int i = 0; i < 200; i++) {
      onA.publish("work", bytes("x"));
    }
    assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(atA.get()).isEqualTo(200);
    assertThat(atB.get() + atC.get()).isEqualTo(200);
  }

  private static void count(AtomicInteger here, CountDownLatch all) {
    here.incrementAndGet();
    all.countDown();
  }

  private static long groups(NatsServer server) {
    return ServerAccess.routes(server).stream()
        .flatMap(route -> route.subscriptions().stream())
        .filter(subscription -> "q".equals(subscription.queue()))
        .count();
  }

  @Test
  void serversHearOfEachOtherAndKeepOneRouteToEach() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    NatsServer c = start("C", to(a, b), "");
    NatsServer d = start("D", to(c), "");
    awaitRoutes(3, a, b, c, d);
    for (NatsServer server : List.of(a, b, c, d)) {
      assertThat(ServerAccess.routes(server)).extracting(Route::remoteName).doesNotHaveDuplicates();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(ServerAccess.info(server).connectUrls())
                      .containsExactlyInAnyOrder(
                          "127.0.0.1:" + a.port(),
                          "127.0.0.1:" + b.port(),
                          "127.0.0.1:" + c.port(),
                          "127.0.0.1:" + d.port()));
    }
    Connection onA = connect(a);
    Connection onD = connect(d);
    Subscription onlyOnce = onD.subscribe("around");
    onD.flush(PATIENCE);
    awaitInterest(a, "around");
    for (int i = 0; i < 50; i++) {
      onA.publish("around", bytes("" + i));
    }
    for (int i = 0; i < 50; i++) {
      assertThat(text(onlyOnce.nextMessage(PATIENCE))).isEqualTo("" + i);
    }
    onD.flush(PATIENCE);
    assertThat(onlyOnce.getPendingMessageCount()).isNotPositive();
  }

  @Test
  void serversThatConnectToEachOtherAtOnceEndUpWithOneRoute() throws Exception {
    for (int round = 0; round < 5; round++) {
      int[] ports = new int[2];
      ports[0] = FixedPort.free();
      ports[1] = FixedPort.free();
      String routes =
          "name: c, routes: [nats://127.0.0.1:" + ports[0] + ", nats://127.0.0.1:" + ports[1] + "]";
      NatsServer a = start("A" + round, "port: " + ports[0] + ", " + routes, "");
      NatsServer b = start("B" + round, "port: " + ports[1] + ", " + routes, "");
      awaitRoutes(1, a, b);
      Connection onA = connect(a);
      Connection onB = connect(b);
      Subscription there = onB.subscribe("there");
      onB.flush(PATIENCE);
      awaitInterest(a, "there");
      onA.publish("there", bytes("hello"));
      assertThat(text(there.nextMessage(PATIENCE))).isEqualTo("hello");
      assertThat(ServerAccess.routes(a)).hasSize(1);
      a.close();
      b.close();
    }
  }

  @Test
  void accountsAreKeptApart() throws Exception {
    String accounts =
        "accounts { ONE { users: [{user: one, password: x}] }, TWO { users: [{user: two, password:"
            + " x}] } }";
    NatsServer a = start("A", "name: c", accounts);
    NatsServer b = start("B", to(a), accounts);
    awaitRoutes(1, a, b);
    Connection oneOnA = connect(Options.builder().server(a.clientUrl()).userInfo("one", "x"));
    Connection oneOnB = connect(Options.builder().server(b.clientUrl()).userInfo("one", "x"));
    Connection twoOnB = connect(Options.builder().server(b.clientUrl()).userInfo("two", "x"));
    Subscription one = oneOnB.subscribe("s");
    Subscription two = twoOnB.subscribe("s");
    oneOnB.flush(PATIENCE);
    twoOnB.flush(PATIENCE);
    await().atMost(PATIENCE).until(() -> ServerAccess.account(a, "ONE").hasInterest("s"));
    oneOnA.publish("s", bytes("for one"));
    assertThat(text(one.nextMessage(PATIENCE))).isEqualTo("for one");
    twoOnB.flush(PATIENCE);
    assertThat(two.getPendingMessageCount()).isNotPositive();
  }

  @Test
  void servicesAndStreamsOfOtherAccountsAreReachedAcrossRoutes() throws Exception {
    String accounts =
        """
        accounts {
          SHOP {
            users: [{user: shop, password: x}]
            exports: [{service: "price.*"}, {stream: "news.>"}]
          }
          BUYER {
            users: [{user: buyer, password: x}]
            imports: [
              {service: {account: SHOP, subject: "price.*"}}
              {stream: {account: SHOP, subject: "news.>"}, to: "shop.news.>"}
            ]
          }
        }
        """;
    NatsServer a = start("A", "name: c", accounts);
    NatsServer b = start("B", to(a), accounts);
    awaitRoutes(1, a, b);
    Connection shop = connect(Options.builder().server(a.clientUrl()).userInfo("shop", "x"));
    Connection buyer = connect(Options.builder().server(b.clientUrl()).userInfo("buyer", "x"));
    AtomicInteger asked = new AtomicInteger();
    shop.createDispatcher(
            m -> {
              asked.incrementAndGet();
              shop.publish(m.getReplyTo(), bytes("5"));
            })
        .subscribe("price.*");
    shop.flush(PATIENCE);
    Subscription news = buyer.subscribe("shop.news.>");
    buyer.flush(PATIENCE);
    await().atMost(PATIENCE).until(() -> ServerAccess.account(b, "SHOP").hasInterest("price.tea"));
    await().atMost(PATIENCE).until(() -> ServerAccess.account(a, "SHOP").hasInterest("news.today"));
    assertThat(text(buyer.request("price.tea", bytes(""), PATIENCE))).isEqualTo("5");
    shop.publish("news.today", bytes("sunny"));
    Message seen = news.nextMessage(PATIENCE);
    assertThat(seen.getSubject()).isEqualTo("shop.news.today");
    assertThat(text(seen)).isEqualTo("sunny");
    buyer.flush(PATIENCE);
    assertThat(asked).hasValue(1);
    assertThat(news.getPendingMessageCount()).isNotPositive();
  }

  @Test
  void clientsDiscoverServersAndGoOverToThem() throws Exception {
    NatsServer a = start("A", "name: c", "");
    CountDownLatch discovered = new CountDownLatch(1);
    CountDownLatch reconnected = new CountDownLatch(1);
    Connection client =
        connect(
            Options.builder()
                .server(a.clientUrl())
                .connectionTimeout(PATIENCE)
                .maxReconnects(-1)
                .reconnectWait(Duration.ofMillis(20))
                .connectionListener(
                    (connection, event) -> {
                      if (event == ConnectionListener.Events.DISCOVERED_SERVERS) {
                        discovered.countDown();
                      } else if (event == ConnectionListener.Events.RESUBSCRIBED) {
                        reconnected.countDown();
                      }
                    }));
    Subscription subscription = client.subscribe("s");
    NatsServer b = start("B", to(a), "");
    assertThat(discovered.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(client.getServers()).anySatisfy(url -> assertThat(url).endsWith(":" + b.port()));
    a.close();
    assertThat(reconnected.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(client.getConnectedUrl()).endsWith(":" + b.port());
    connect(b).publish("s", bytes("hello"));
    assertThat(text(subscription.nextMessage(PATIENCE))).isEqualTo("hello");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.info(b).connectUrls())
                    .containsExactly("127.0.0.1:" + b.port()));
  }

  @Test
  void clientsHearOfWebSocketsOfOtherServers() throws Exception {
    String webSocket = "websocket { listen: \"127.0.0.1:-1\", no_tls: true }\n";
    NatsServer a = start("A", "name: c", webSocket);
    NatsServer b = start("B", to(a), webSocket);
    NatsServer c = start("C", to(a), "");
    awaitRoutes(2, a, b, c);
    for (NatsServer server : List.of(a, b)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(ServerAccess.info(server).webSocketUrls())
                      .containsExactlyInAnyOrder(
                          "127.0.0.1:" + a.webSocketPort(), "127.0.0.1:" + b.webSocketPort()));
    }
    Connection client =
        connect(
            Options.builder()
                .server("ws://127.0.0.1:" + a.webSocketPort())
                .connectionTimeout(PATIENCE));
    assertThat(client.getServerInfo().getConnectURLs())
        .containsExactlyInAnyOrder(
            "127.0.0.1:" + a.webSocketPort(), "127.0.0.1:" + b.webSocketPort());
    b.close();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.info(a).webSocketUrls())
                    .containsExactly("127.0.0.1:" + a.webSocketPort()));
  }

  @Test
  void routesThatAreConfiguredAnewAreMadeAndEnded() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", "name: c", "");
    NatsServer c = start("C", "name: c, routes: []", "");
    reload(c, "C", "routes: []", to(a, b).substring("name: c, ".length()));
    awaitRoutes(2, a, b, c);
    reload(c, "C", "127.0.0.1:" + b.clusterPort(), "127.0.0.1:1");
    // A announces B and C to each other, so C knows of B by gossip and not by its configuration.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.routes(c))
                    .filteredOn(route -> route.remoteName().equals("B"))
                    .noneMatch(Route::isConfigured));
  }

  @Test
  void aLameDuckIsNoLongerRecommended() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    await().atMost(PATIENCE).until(() -> ServerAccess.info(b).connectUrls().size() == 2);
    ConcurrentLinkedQueue<ConnectionListener.Events> events = new ConcurrentLinkedQueue<>();
    Connection client =
        connect(
            Options.builder()
                .server(a.clientUrl())
                .connectionTimeout(PATIENCE)
                .connectionListener((connection, event) -> events.add(event)));
    client.flush(PATIENCE);
    a.lameDuck(Duration.ofSeconds(30), Duration.ofSeconds(1));
    await().atMost(PATIENCE).until(() -> events.contains(ConnectionListener.Events.LAME_DUCK));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.info(b).connectUrls())
                    .containsExactly("127.0.0.1:" + b.port()));
  }

  @Test
  void aServerThatTellsNothingIsNotRecommended() throws Exception {
    NatsServer a = start("A", "name: c", "");
    try (RawClient client = RawClient.connect(a.port(), 0)) {
      client.send("CONNECT {\"verbose\":false,\"protocol\":1}\r\n");
      // The answer to the first PING is followed by INFO.
      client.roundTrip();
      client.roundTrip();
      NatsServer b = start("B", "no_advertise: true, " + to(a), "");
      awaitRoutes(1, a, b);
      assertThat(ServerAccess.info(a).connectUrls()).isEmpty();
      assertThat(ServerAccess.info(b).connectUrls()).isEmpty();
      // A client is told only of what has changed.
      client.send("PING\r\n");
      String next = client.line();
      while (String.valueOf(next).equals("PING")) {
        next = client.line();
      }
      assertThat(next).isEqualTo("PONG");
    }
  }

  @Test
  void aConfiguredServerIsTriedUntilItIsThere() throws Exception {
    int port = FixedPort.free();
    NatsServer a = start("A", "name: c, routes: [nats://127.0.0.1:" + port + "]", "");
    NatsServer b = start("B", "name: c, port: " + port, "");
    awaitRoutes(1, a, b);
    b.close();
    awaitRoutes(0, a);
    NatsServer again = start("B2", "name: c, port: " + port, "");
    awaitRoutes(1, a, again);
  }

  @Test
  void routesOfStrangersAreRefused() throws Exception {
    NatsServer a = start("A", "name: c, authorization {user: r, password: secret}", "");
    String url = "127.0.0.1:" + a.clusterPort();
    start("B", "name: c, routes: [nats://r:wrong@" + url + "]", "");
    start("C", "name: other, routes: [nats://r:secret@" + url + "]", "");
    NatsServer d = start("D", "name: c, routes: [nats://r:secret@" + url + "]", "");
    awaitRoutes(1, a, d);
    awaitRoutesTo(a, "D");
  }

  // For a moment, a server may have a route that it is about to refuse.
  private static void awaitRoutesTo(NatsServer server, String... others) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.routes(server))
                    .extracting(Route::remoteName)
                    .containsExactly(others));
  }

  @Test
  void nonsenseOnARouteIsRefused() throws Exception {
    NatsServer a = start("A", "name: c", "");
    for (String nonsense :
        List.of(
            "GET / HTTP/1.1\r\n",
            "RMSG $G a 1\r\nx\r\n",
            "RS+ $G a\r\n",
            "CONNECT {\r\n",
            "CONNECT {}\r\nINFO {}\r\n",
            "CONNECT {}\r\nRMSG $G a 99999999999\r\n",
            "CONNECT {}\r\nRMSG $G\r\n",
            "CONNECT {}\r\nRS+ $G a..b\r\n",
            "CONNECT {}\r\nHMSG $G a 5 4\r\nabcd\r\n",
            "CONNECT {}\r\nRMSG $G a 1\r\nabc\r\n",
            "x".repeat(100_000))) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), a.clusterPort())) {
        socket.setSoTimeout(20_000);
        String said = new String(answer(socket, nonsense), UTF_8);
        assertThat(said).as(nonsense).startsWith("INFO {").contains("-ERR '");
      }
    }
    assertThat(ServerAccess.routes(a)).isEmpty();
  }

  // When the server closes without reading all the input, the connection ends with a reset.
  private static byte[] answer(Socket socket, String nonsense) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      socket.getOutputStream().write(bytes(nonsense));
    } catch (SocketException e) {
      // While the rest was being written.
    }
    try {
      socket.getInputStream().transferTo(all);
    } catch (SocketException e) {
      // The server has reset the connection.
    }
    return all.toByteArray();
  }

  @Test
  void aServerWithJetStreamServesTheClientsOfAll() throws Exception {
    String store = "jetstream { store_dir: '" + directory.resolve("js") + "' }";
    NatsServer a = start("A", "name: c", store);
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onB = connect(b);
    awaitInterest(b, "$JS.API.INFO");
    onB.jetStreamManagement()
        .addStream(StreamConfiguration.builder().name("S").subjects("s.*").build());
    awaitInterest(b, "s.1");
    for (int i = 1; i <= 20; i++) {
      assertThat(onB.jetStream().publish("s." + i, bytes("" + i)).getSeqno()).isEqualTo(i);
    }
    JetStreamSubscription pull =
        onB.jetStream().subscribe("s.*", PullSubscribeOptions.builder().durable("D").build());
    List<Message> fetched = pull.fetch(20, PATIENCE);
    assertThat(fetched).hasSize(20);
    assertThat(fetched.get(6).getSubject()).isEqualTo("s.7");
    for (Message message : fetched) {
      message.ackSync(PATIENCE);
    }
    assertThat(pull.getConsumerInfo().getNumAckPending()).isZero();
  }

  @Test
  void aRealServerCanBeInTheCluster() throws Exception {
    NatsServer a = start("A", "name: c", "");
    try (NatsServerProcess real =
        NatsServerProcess.start(
            directory,
            "--cluster",
            "nats://127.0.0.1:-1",
            "--cluster_name",
            "c",
            "--routes",
            "nats://127.0.0.1:" + a.clusterPort())) {
      awaitRoutes(1, a);
      Connection onA = connect(a);
      Connection onReal = connect(Options.builder().server("nats://127.0.0.1:" + real.port()));
      Subscription here = onA.subscribe("to.hub");
      onA.createDispatcher(m -> onA.publish(m.getReplyTo(), m.getHeaders(), bytes("hub")))
          .subscribe("ask.hub", "q");
      onA.flush(PATIENCE);
      Subscription there = onReal.subscribe("to.real");
      onReal
          .createDispatcher(m -> onReal.publish(m.getReplyTo(), bytes("real")))
          .subscribe("ask.real", "q");
      onReal.flush(PATIENCE);
      awaitInterest(a, "ask.real");
      assertThat(text(onA.request("ask.real", bytes("?"), PATIENCE))).isEqualTo("real");
      // The other server knows of the subscription once it no longer answers that there are no
      // responders.
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(text(onReal.request("ask.hub", bytes("?"), PATIENCE)))
                      .isEqualTo("hub"));
      onA.publish("to.real", new Headers().put("h", "v"), bytes("1"));
      assertThat(there.nextMessage(PATIENCE).getHeaders().getFirst("h")).isEqualTo("v");
      onReal.publish("to.hub", bytes("2"));
      assertThat(text(here.nextMessage(PATIENCE))).isEqualTo("2");
    }
    awaitRoutes(0, a);
  }

  @Test
  void aServerWithJetStreamSaysThatItIsNotReplicated() throws Exception {
    List<String> warnings = new ArrayList<>();
    Files.writeString(
        directory.resolve("L.conf"),
        "listen: 127.0.0.1:-1\nserver_name: L\njetstream { store_dir: '"
            + directory.resolve("js")
            + "' }\ncluster { listen: 127.0.0.1:-1, name: c }\n");
    StartListener listener =
        new StartListener() {
          @Override
          public void warn(String line) {
            warnings.add(line);
          }

          @Override
          public void ready() {}
        };
    try (NatsServer server = NatsServer.start(options("L"), listener)) {
      assertThat(warnings)
          .singleElement()
          .asString()
          .contains("JetStream is not replicated", "Run nats-servers where you need replicas");
      JetStreamManagement management = connect(server).jetStreamManagement();
      StreamConfiguration.Builder stream = StreamConfiguration.builder().name("S").subjects("s");
      assertThatThrownBy(() -> management.addStream(stream.replicas(3).build()))
          .isInstanceOfSatisfying(
              JetStreamApiException.class, e -> assertThat(e.getApiErrorCode()).isEqualTo(10074))
          .hasMessageContaining("replicas > 1 not supported in non-clustered mode");
      assertThat(management.addStream(stream.replicas(1).build()).getClusterInfo()).isNull();
    }
  }

  @Test
  void twoServersWithJetStreamMakeNoCluster() throws Exception {
    NatsServer a =
        start("A", "name: c", "jetstream { store_dir: '" + directory.resolve("a") + "' }");
    start("B", to(a), "jetstream { store_dir: '" + directory.resolve("b") + "' }");
    NatsServer c = start("C", to(a), "");
    awaitRoutes(1, a, c);
    awaitRoutesTo(a, "C");
    assertThatThrownBy(() -> start("D", "port: -1", "jetstream { store_dir: '" + directory + "' }"))
        .hasMessage("jetstream cluster requires `cluster.name` to be set");
  }

  @Test
  void aClusterWithoutANameAgreesOnOne() {
    NatsServer a = start("A", "port: -1", "");
    NatsServer b = start("B", "port: -1, routes: [nats://127.0.0.1:" + a.clusterPort() + "]", "");
    awaitRoutes(1, a, b);
    NatsServer c =
        start("C", "name: named, routes: [nats://127.0.0.1:" + a.clusterPort() + "]", "");
    awaitRoutes(2, a, b, c);
  }

  @Test
  void largeMessagesAndManyGoThrough() throws Exception {
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onA = connect(a);
    Connection onB = connect(b);
    Collection<String> wrong = new ConcurrentLinkedQueue<>();
    int large = 20;
    int small = 20_000;
    CountDownLatch all = new CountDownLatch(large + small);
    AtomicInteger next = new AtomicInteger();
    onB.createDispatcher(
            m -> {
              if (m.getData().length != 1_000_000 && !text(m).equals("" + next.getAndIncrement())) {
                wrong.add(text(m));
              }
              all.countDown();
            })
        .subscribe("many");
    onB.flush(PATIENCE);
    awaitInterest(a, "many");
    for (int i = 0; i < small; i++) {
      if (i % (small / large) == 0) {
        onA.publish("many", new byte[1_000_000]);
      }
      onA.publish("many", bytes("" + i));
    }
    assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong).isEmpty();
  }
}
