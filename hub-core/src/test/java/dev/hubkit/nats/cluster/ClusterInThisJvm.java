package dev.hubkit.nats.cluster;

import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.time.VirtualTimeSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Three of our servers that make up a cluster, whose time passes when nothing else happens. */
final class ClusterInThisJvm implements ScriptedCluster {
  private static final Duration MOMENT = Duration.ofMillis(100);
  // Some seconds of the cluster's time.
  private static final Duration SILENCE = Duration.ofMillis(400);

  private final VirtualTimeSource time;
  private final NatsCluster cluster;

  private ClusterInThisJvm(VirtualTimeSource time, NatsCluster cluster) {
    this.time = time;
    this.cluster = cluster;
  }

  static ClusterInThisJvm start(Path directory) throws Exception {
    Path file = directory.resolve("cluster.conf");
    Files.writeString(
        file, "port: -1\njetstream {store_dir: '" + directory.resolve("store") + "'}\n" + ACCOUNTS);
    VirtualTimeSource time = new VirtualTimeSource("script-time");
    boolean started = false;
    try {
      NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
      NatsCluster cluster =
          NatsCluster.start(
              3, options.toBuilder().timeSource(time).build(), 1, name -> List.of("az:" + name));
      started = true;
      return new ClusterInThisJvm(time, cluster);
    } finally {
      if (!started) {
        time.close();
      }
    }
  }

  @Override
  public String url(String server) {
    return cluster.clientUrl(server);
  }

  @Override
  public void kill(String server) {
    cluster.kill(server);
  }

  @Override
  public void stop(String server) {
    cluster.stop(server);
  }

  @Override
  public void restart(String server) {
    cluster.restart(server);
  }

  @Override
  public void pause(String server) {
    cluster.pause(server);
  }

  @Override
  public void resume(String server) {
    cluster.resume(server);
  }

  @Override
  public void loseDisk(String server) {
    cluster.loseDisk(server);
  }

  @Override
  public Duration silence() {
    return SILENCE;
  }

  @Override
  public void pass() {
    time.advance(MOMENT);
  }

  @Override
  public void close() {
    cluster.close();
    time.close();
  }
}
