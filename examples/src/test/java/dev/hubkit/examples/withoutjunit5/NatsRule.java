package dev.hubkit.examples.withoutjunit5;

// @start region="rule"
import dev.hubkit.junit.TestNats;
import org.junit.rules.TestWatcher;
import org.junit.runner.Description;

public final class NatsRule extends TestWatcher {
  private TestNats nats;

  @Override
  protected void starting(Description test) {
    nats = TestNats.start();
  }

  @Override
  protected void failed(Throwable failure, Description test) {
    nats.explain(failure, test.getDisplayName());
  }

  @Override
  protected void finished(Description test) {
    nats.close();
  }

  public TestNats nats() {
    return nats;
  }
}
// @end
