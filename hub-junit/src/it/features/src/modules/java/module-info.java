open module shop {
  requires json.path;
  requires dev.hubkit.junit;
  requires io.nats.jnats;
  requires org.assertj.core;
  requires org.junit.jupiter.api;
}
