package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.wire.NameHash;
import java.util.List;
import java.util.Locale;

/**
 * The servers that are to have a stream or a consumer.
 *
 * @param name distinguishes it from all other groups, as in nats-server (groupName in {@code
 *     server/jetstream_cluster.go})
 * @param storage where it keeps what it has
 * @param peers the names of the servers
 * @param preferred the one that is to lead at first
 * @param named how many servers it is called after: as many as it had at first, or since it was of
 *     a single one
 */
public record RaftGroup(
    String name, StorageType storage, List<String> peers, String preferred, int named) {
  public RaftGroup {
    peers = List.copyOf(peers);
  }

  static RaftGroup of(
      String kind, String unique, StorageType storage, List<String> peers, String preferred) {
    String letter = storage.text().substring(0, 1).toUpperCase(Locale.ROOT);
    String name = kind + "-R" + peers.size() + letter + "-" + NameHash.of(unique);
    return new RaftGroup(name, storage, peers, preferred, peers.size());
  }

  /** Returns whether a server belongs to it. */
  public boolean has(String server) {
    return peers.contains(server);
  }

  /** Returns the name as clients see it. */
  String shownName() {
    return name.replaceFirst("-R\\d+", "-R" + named);
  }

  /** Returns another group in its place, of servers that know nothing of what it had. */
  RaftGroup renewed(List<String> others) {
    return of(name.substring(0, 1), name, storage, others, others.get(0));
  }

  RaftGroup withPeers(List<String> others) {
    int count = peers.size() == 1 && others.size() > 1 ? others.size() : named;
    return new RaftGroup(name, storage, others, preferred, count);
  }
}
