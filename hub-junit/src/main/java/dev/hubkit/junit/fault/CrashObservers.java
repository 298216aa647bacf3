package dev.hubkit.junit.fault;

import java.util.List;
import java.util.function.Consumer;

/** Tells several observers of crashes and faults, one after the other. */
public final class CrashObservers implements CrashObserver {
  private final List<CrashObserver> all;

  /** Makes one that tells these. */
  public CrashObservers(CrashObserver... observers) {
    all = List.of(observers);
  }

  private void each(Consumer<CrashObserver> call) {
    all.forEach(call);
  }

  @Override
  public void crashed(boolean powerLoss) {
    each(observer -> observer.crashed(powerLoss));
  }

  @Override
  public void recovered() {
    each(CrashObserver::recovered);
  }

  @Override
  public void began(String fault) {
    each(observer -> observer.began(fault));
  }

  @Override
  public void ended(String fault) {
    each(observer -> observer.ended(fault));
  }

  @Override
  public void happened(String what) {
    each(observer -> observer.happened(what));
  }
}
