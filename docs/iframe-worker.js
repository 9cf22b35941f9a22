// A worker for pages that are opened from disk, where browsers refuse workers: the search runs in a
// hidden frame of the page instead. The theme knows the name IFrameWorker.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const page = this.frame.contentWindow
      addEventListener("message", event => {
        if (event.source !== page) return
        event.stopImmediatePropagation()
        const message = new MessageEvent("message", { data: event.data })
        this.dispatchEvent(message)
        if (this.onmessage) this.onmessage(message)
      })
      const begin = "<!doctype html><script>" +
        "window.send = message => dispatchEvent(new MessageEvent('message', { data: message }));" +
        "window.postMessage = message => parent.postMessage(message, '*')"
      page.document.open()
      page.document.write(`${begin}</${"script"}><script src="${url}"></${"script"}>`)
      page.document.close()
      this.ready = new Promise(done => this.frame.addEventListener("load", done))
    }

    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.send(data))
    }

    terminate() {
      this.frame.remove()
    }
  }
  window.Worker = window.IFrameWorker
}
