// The model of a page without a kernel: it keeps the state and tells who listens.
class StaticModel {
  constructor(state) {
    Object.assign(this, { state, listeners: new Set(), static: true });
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    this.state[name] = value;
    for (const tell of this.listeners) tell();
  }
  on(_, tell) {
    this.listeners.add(tell);
  }
  off(_, tell) {
    this.listeners.delete(tell);
  }
  save_changes() {}
}
