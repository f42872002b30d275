# 命令行的全部中文文字，标识与 en.ftl 一致。

## 错误：框架

error-line = 错误：{ $message }{ $about } [{ $code }]
error-about = （{ $about }）
error-cause = 原因：{ $cause }
error-hint = 提示：{ $hint }

## 错误：规则拒绝

E_ITEM_NOT_ACTIVE = 该事项在这两个城市之间、该日期尚未开通
E_ITEM_NOT_ACTIVE-hint = 用 `tongban agreement show` 查看已开通事项，或提请联席会议开通
E_MODE = 该操作不属于本办件的办理模式
E_MODE-hint = 核对协议为该事项约定的办理模式
E_GRANT = 没有有效授权允许本市代属地办理此操作
E_GRANT-hint = 请属地城市授权（`tongban agreement grant`），再由本市接受（`take-grant`）
E_NO_POWER = 这一步不由本市办理
E_NO_POWER-hint = 用 `tongban case show` 查看由哪个城市办理
E_CHECK_MISSING = 尚缺材料、核验或形式审查
E_CHECK_MISSING-hint = 用 `tongban case show` 查看尚缺的材料和核验，补齐后重试
E_NOTICE_SECOND = 本次申报已作过一次性告知
E_NOTICE_SECOND-hint = 一次性告知须列明全部问题；请等待补正
E_NOT_IN_GUIDE = 所引用的要求编号不在已公布的操作指南中
E_NOT_IN_GUIDE-hint = 按本办件适用的指南版本引用要求编号
E_CLASSIFIED = 内容涉密，不得在此传输
E_CLASSIFIED-hint = 请移除该内容，改走涉密渠道
E_NOT_SOURCE = 本市不是该数据的来源方
E_NOT_SOURCE-hint = 请数据来源城市修改
E_HANDOVER_OPEN = 该事项的部门交接尚未完成
E_HANDOVER_OPEN-hint = 请先完成交接
E_RATING_EXISTS = 该事项已有评价
E_RATING_EXISTS-hint = 无需处理
E_KEY_REVOKED = 签名密钥已被吊销
E_KEY_REVOKED-hint = 请用城市根密钥签发新的设备密钥
E_CALENDAR_MISSING = 缺少计算所需年份的工作日历
E_CALENDAR_MISSING-hint = 系统不推测放假安排。请先核对年份；无误则请管理员安装收录该年度官方日历的版本（docs/operations.zh-CN.md）
E_NOT_HOLDER = 办件不在本市
E_NOT_HOLDER-hint = 用 `tongban case show` 查看当前办理城市；等待退回或由其办理
E_STALE_PARENT = 该操作所依据的内容已被解除或替换
E_STALE_PARENT-hint = 请重新查看办件，按现状操作
E_SAME_OFFICER = 同一经办人不得办理这两个环节
E_SAME_OFFICER-hint = 请由其他经办人办理
E_PUSH_OPEN = 办件已推送，对方尚未答复
E_PUSH_OPEN-hint = 请等待对方签收；要自己继续办理，先用 `tongban case recall` 撤回推送
E_ITEM_UNKNOWN = 目录中没有该事项
E_ITEM_UNKNOWN-hint = 请核对事项基本编码
E_NOT_MEMBER = 该城市不是协议成员
E_NOT_MEMBER-hint = 用 `tongban agreement show` 查看成员
E_NOT_PARTY = 该城市不是此文档的参与方
E_NOT_PARTY-hint = 请由参与城市办理
E_STATE = 当前状态下不能进行该操作
E_STATE-hint = 用 `tongban case show`（或 `parcel show`）查看环节和已办事项
E_ID_NUMBER = 身份号码或统一社会信用代码不正确
E_ID_NUMBER-hint = 请对照证件重新录入；系统按校验码核对
E_TRACKING_NUMBER = 邮件号码格式不正确或校验码不符
E_TRACKING_NUMBER-hint = 请对照面单重新录入，仅含字母和数字
E_AMOUNT_NEGATIVE = 金额为负数
E_AMOUNT_NEGATIVE-hint = 请填写正数；退款请用费用类别 `refund`
E_AMOUNT_LIMIT = 金额超过单笔费用上限
E_AMOUNT_LIMIT-hint = 请核对金额：--fen 以分计，--yuan 以元计
E_GUIDE_VERSION = 操作指南版本不是现行版本
E_GUIDE_VERSION-hint = 请使用协议为这两个城市约定的版本
E_DATE = 日期格式不正确，或此处不允许该日期
E_DATE-hint = 日期写作 2026-09-07，月份写作 2026-09
E_DUPLICATE = 已有相同记录
E_DUPLICATE-hint = 请先查看已有记录
E_NOT_FOUND = 此处没有找到
E_NOT_FOUND-hint = 请核对编号；用 `list` 查看本节点已有内容
E_AMBIGUOUS = 可能指下列多个对象
E_AMBIGUOUS-hint = 请用所列编号中的一个，或多写几位
E_ARGUMENT = 参数缺失或格式不正确
E_ARGUMENT-hint = 请按所示规则修改，或查看该命令的 --help
E_IDEMPOTENCY = 该幂等键已用于其他参数
E_IDEMPOTENCY-hint = 新的操作请使用新的键
E_DISK_FULL = 磁盘空间不足，无法安全存储
E_DISK_FULL-hint = 请清理空间后重启节点；已确认的内容不受影响
E_DAMAGED = 存储的数据未通过校验
E_DAMAGED-hint = 运行 `tongban verify`，再从备份或其他城市恢复受损文档
E_LOCKED = 数据目录正被另一进程占用
E_LOCKED-hint = 请停止另一 tongband，或用 --dir 指定其他目录
E_PASSPHRASE = 口令不能打开密钥
E_PASSPHRASE-hint = 请核对口令文件的内容；末尾换行不计入
E_NOT_INITIALISED = 该目录尚未初始化
E_NOT_INITIALISED-hint = 运行 `tongban init`，或用 --dir、TONGBAN_DIR 指定节点目录
E_CONFIG = 配置无效
E_CONFIG-hint = 请按所示行列修改配置
E_PORT_IN_USE = 该地址已被其他进程监听
E_PORT_IN_USE-hint = 请停止该进程，或配置其他地址
E_AGREEMENT = 协议尚未生效，或不适用于该操作
E_AGREEMENT-hint = 用 `tongban status` 查看尚未签署的城市
E_RESTORING = 节点可能经过恢复，正等待从其他城市取回自己的记录
E_RESTORING-hint = 请先让节点连上其他城市；用 `tongban status` 查看连接
E_INTERNAL = 程序遇到不应出现的状态
E_INTERNAL-hint = 用同一幂等键重试；若仍出现，请连同节点日志报告
E_ALREADY = 已经存在，或已经办过
E_ALREADY-hint = 与预期一致则不必再办；否则请先查看已有内容
E_TOO_LARGE = 输入超过大小限制
E_TOO_LARGE-hint = 请缩短或拆分
E_PEER = 对方城市节点无法连通或应答有误
E_PEER-hint = 用 `tongban status` 查看连接；本地可继续办理，恢复后自动送达
E_DISPUTED = 存在相互矛盾的操作，须先由人工解决
E_DISPUTED-hint = 请与对方城市商定撤回哪一方，再用 `tongban case retract` 或 `yield`
E_HELD = 该操作依据的记录因密钥吊销而暂缓
E_HELD-hint = 请在同一文档中确认保留的记录

## 错误：本程序

E_NOT_RUNNING = 套接字上没有 tongband 应答
E_NOT_RUNNING-hint = 启动 `tongband run`，或用 --dir、--socket 指定正在运行的节点
E_SOCKET = 当前用户无权使用该套接字
E_SOCKET-hint = 请以节点所属用户执行
E_CONNECTION = 与 tongband 的连接中断，操作可能已生效
E_CONNECTION-hint = 用同一 --idempotency-key 重复同一命令；只会生效一次
E_PROTOCOL = 本版本无法读取 tongband 的应答
E_PROTOCOL-hint = 请使用同一版本的 tongban 和 tongband
E_USAGE = 命令行不正确
E_USAGE-hint = 请查看 --help
E_PERSONAL_DATA = 个人信息不得写在命令行参数中
E_PERSONAL_DATA-hint = 请用交互提示、文件（--applicant-file、--text-file、--note-file、--edits-file）或标准输入 `-` 提供
E_FILE = 文件无法读写
E_FILE-hint = 请检查路径和权限
E_NO_INPUT = 需要询问，但当前不能交互
E_NO_INPUT-hint = 请提供所示选项，或在终端中执行且不加 --no-input
E_PROMPT = 交互提示失败
E_PROMPT-hint = 请改用选项或文件提供
E_INTERRUPTED = 已中断
E_INTERRUPTED-hint = 已发出的操作可能已生效；请用 `tongban case show` 或 `parcel show` 查看
E_NOT_CONFIRMED = 未确认，未作签署
E_NOT_CONFIRMED-hint = 没有做任何改动；确认后请重新执行
E_RUNTIME = 系统无法提供程序运行所需的资源
E_RUNTIME-hint = 请查看原因
E_TONGBAND = tongband 无法启动或运行失败
E_TONGBAND-hint = 请查看原因；若找不到程序，请将 tongband 放在 tongban 同一目录，或用 TONGBAND_BIN 指定
E_SCHEMA = 该目录由其他版本的 tongband 写成
E_SCHEMA-hint = 请使用写成该目录的版本或更新版本
E_SCENARIO = 场景文件有错误
E_SCENARIO-hint = 请按所示行列修改
E_ENGINE = 场景未能播放完毕
E_ENGINE-hint = 请查看原因；--keep DIR 可保留各节点日志
E_EVIDENCE = 证据不成立
E_EVIDENCE-hint = 文件任何一处改动都会失效：请向对方索取新导出的文件
E_UNPINNED = 签名成立，但并非所有密钥都已比对
E_UNPINNED-hint = 请另行与各城市核对指纹，再加 --trust 重试
E_EXPECTATION = 结果与场景预期不符
E_EXPECTATION-hint = 上文已列出不符的步骤或预期及其行号
E_UNKNOWN_CODE = 没有该错误代码
E_UNKNOWN_CODE-hint = 代码形如 E_GRANT

## 退出码

help-exit-codes = 退出码：
exit-0 = 完成
exit-1 = 被拒绝或失败
exit-2 = 命令行不正确
exit-3 = 部分完成：证据成立但密钥未比对
exit-4 = 当前用户或密钥无权操作
exit-10 = 目录未初始化
exit-11 = 目录被另一进程占用
exit-12 = 口令错误
exit-13 = 节点未运行或对方城市不在线
exit-14 = 材料或核验不齐
exit-130 = 被中断

## 帮助：命令

help = tongban 通办命令行：城市之间的办件、邮件与结算
help-init = 初始化节点：密钥、目录、配置
help-status = 查看节点、各城市连接、待办与超期
help-agreement = 城市间合作协议
help-agreement-invite = 生成本市邀请文件
help-agreement-found = 根据条款和邀请文件发起协议
help-agreement-accept = 查看协议文件内容并签署
help-agreement-show = 查看协议：成员、事项、指南、授权
help-agreement-grant = 向一城市授权
help-agreement-take-grant = 接受授权
help-agreement-withdraw-grant = 撤回本市授权
help-agreement-suspend = 暂停本市事项受理新办件
help-agreement-resume = 恢复事项
help-city = 本市公布的信息
help-city-announce = 公布地址和专窗
help-case = 办件
help-case-receive = 收件，并打印收件凭证
help-case-id-check = 记录人证核验
help-case-original-check = 记录原件核验
help-case-formal-pass = 形式审查通过
help-case-push = 推送办件
help-case-ack = 手动签收
help-case-first-look = 记录首次查看
help-case-recall = 撤回推送
help-case-decline = 手动拒收推送
help-case-accept = 受理
help-case-not-accept = 不予受理
help-case-notice = 一次性告知补正
help-case-notice-served = 记录告知送达
help-case-submit-correction = 记录补正材料
help-case-review = 记录实质审查
help-case-decide = 作出决定
help-case-send-result = 发出结果
help-case-served = 记录结果送达
help-case-close = 办结
help-case-edit = 编辑卷宗的表单、清单和备注
help-case-yield = 两市同时持有时放弃本市的持有
help-case-retract = 撤回本市有争议的操作
help-case-list = 列出办件
help-case-show = 查看办件：持有、环节、时限、记录、卷宗
help-parcel = 邮件
help-parcel-post = 记录寄出
help-parcel-arrive = 记录到件
help-parcel-open = 记录开拆核对
help-parcel-cost = 记录费用
help-parcel-confirm = 确认对方费用
help-parcel-list = 列出邮件
help-parcel-show = 查看邮件
help-settle = 邮费结算
help-settle-show = 查看某月应付与净额
help-evidence = 交接证据
help-evidence-export = 导出办件交接证据
help-evidence-verify = 离线校验证据文件
help-verify = 重新推演并校验全部存储
help-scenario = 场景文件
help-scenario-check = 检查场景文件
help-scenario-run = 播放场景文件
help-scenario-faults = 列出场景可用的故障
help-explain = 解释错误代码

## 帮助：选项与参数

help-heading-usage = 用法：
help-heading-commands = 命令
help-heading-options = 选项
help-heading-global = 通用选项
help-heading-arguments = 参数
opt-help = 显示帮助
opt-version = 显示版本
opt-dir = 节点目录 [默认：$TONGBAN_DIR 或 ~/.local/share/tongban]
opt-socket = 节点套接字 [默认：DIR/api.sock]
opt-json = 以 JSON 输出
opt-lang = 消息语言 [默认：取自区域设置]
opt-idempotency-key = 重复执行只生效一次 [默认：随机]
opt-no-input = 不作询问；缺少即报错
opt-verbose = 在标准错误输出更多信息
opt-division = 城市行政区划代码（GB/T 2260）
opt-name = 城市名称
opt-listen = 本节点监听地址，主机:端口
opt-passphrase-file = 密钥口令文件，至少 8 个字符，只应本用户可读
opt-advertise = 其他城市访问本节点的地址，与监听地址不同时填写；可重复
opt-root-key = 使用已有的城市根密钥文件
opt-root-passphrase-file = 该根密钥另有口令时的口令文件
opt-root-key-out = 将根密钥直接写到此处（离线介质），不留在节点目录
opt-fast-kdf = 弱密钥封装，仅供测试
opt-output = 输出文件 [默认：标准输出]
opt-address = 本节点对外地址，主机:端口；可重复
opt-window = 专窗；可重复
opt-terms = 条款文件，TOML 或 JSON；写法见 docs/operations.zh-CN.md
opt-invitation = 其他发起城市的邀请文件；可重复
opt-yes = 不再询问直接签署：指纹已核对
opt-to = 接收城市：区划代码或名称
opt-powers = 所授权限，可写多个，以逗号相隔
opt-items = 事项基本编码 [默认：全部事项]
opt-item = 事项基本编码
opt-owner = 属地城市：区划代码或名称
opt-materials = 所交材料，如 M1:2,M2（要求编号:页数）
opt-officer = 经办人工号，如 QZ-0117；不写姓名
opt-applicant-file = 申请人信息文件，JSON 或 TOML（name、id_number、phone、address），`-` 为标准输入；缺省则询问
opt-on = 日期，如 2026-09-07 [默认：今天；受理默认为材料收齐之日]
opt-failed = 人证不符
opt-seen = 已核验原件的要求编号，如 M1,M2
opt-basis = 法律依据，如 行政许可法32
opt-text = 文字；不得含个人信息（请用 --text-file）
opt-text-file = 从文件读取文字，`-` 为标准输入
opt-defect = 问题，如 M2=缺失（缺失 missing、样式不符 wrong-form、无法辨认 unreadable、过期 expired、不一致 inconsistent）；逐项重复列全
opt-guide = 作为依据的指南版本 [默认：本办件版本]
opt-means = 送达方式
opt-outcome = 决定
opt-delivery = 结果发出方式
opt-set = 填写表单项，名称=值；不得含个人信息（请用 --edits-file）
opt-remove = 删除表单项
opt-check = 勾选清单项
opt-uncheck = 取消勾选清单项
opt-note = 在备注末尾追加；不得含个人信息（请用 --note-file）
opt-note-file = 将文件内容追加到备注，`-` 为标准输入
opt-edits-file = 编辑文件，JSON 或 TOML：列表 `edits`，每项含 `edit` 及参数
opt-stage = 仅列该环节，写代码或名称，如 S40 或 属地已签收
opt-holder = 仅列该城市持有的办件（区划代码或名称）
opt-open = 仅列未办结
opt-closed = 仅列已办结
opt-leg = 寄递类型
opt-tracking = 邮件号码
opt-carrier = 承运方
opt-case = 所装办件；可重复
opt-pieces = 件数
opt-pay = 付费方式
opt-weight-g = 重量（克）
opt-kind = 费用类别
opt-fen = 金额（分）
opt-yuan = 金额（元），如 22.50
opt-payer = 付款城市：区划代码或名称 [默认：本市]
opt-trust = 已核对的指纹；可重复
opt-engine = 引擎：`live` 为每个城市启动一个真实节点，`sim` 在虚拟世界中播放
opt-seed = 虚拟世界的种子：同一种子得到同一过程
opt-story = 与 --json 同用时也在标准错误输出过程
opt-result = 将报告以 JSON 写入文件
opt-keep = 将各城市数据和日志保留在该目录
arg-file = 文件
arg-grant = 授权编号或唯一开头（见 agreement show）；`founding` 指条款所载、由本市作出的授权
arg-item = 事项基本编码
arg-case = 办件编号，或文档编号的唯一前缀
arg-month = 月份，如 2026-09
arg-parcel = 邮件号码，或文档编号的唯一前缀
arg-code = 代码，如 E_GRANT

## 询问

ask-division = 城市行政区划代码
ask-city-name = 城市名称
ask-listen = 监听地址
ask-passphrase = 设置密钥口令
ask-passphrase-again = 再次输入口令
ask-passphrase-differs = 两次输入不一致
ask-name = 申请人姓名
ask-id-number = 申请人身份号码
ask-phone = 申请人电话（可空）
ask-address = 申请人地址（可空）
ask-accept = 指纹是否均已核对，并以本市名义签署？

## 标签

label-number = 办件编号
label-item = 事项
label-receiver = 收件城市
label-owner = 属地城市
label-holder = 当前办理
label-received = 收件日期
label-officer = 经办人工号
label-materials = 材料
label-stage = 环节
label-due = 到期日
label-clock = 时限
label-state = 状态
label-deadlines = 办理时限
label-history = 办理记录
label-entry = 记录
label-time = 时间
label-act = 操作
label-audience = 可见城市
label-submission = 申报次数
label-root = 状态根
label-document = 文档
label-documents = 文档
label-entries = 记录条数
label-damage = 损坏
label-pending = 等待处理的记录
label-open-cases = 未办结办件
label-overdue = 超期办件
label-applicant = 申请人
label-name = 姓名
label-id-number = 身份号码
label-phone = 电话
label-address = 地址
label-city = 城市
label-city-id = 城市标识
label-fingerprint = 指纹
label-dir = 目录
label-version = 版本
label-today = 今日
label-signed = 已签署
label-link = 连接
label-waiting = 待送达
label-stored-there = 对方已存
label-stored = 存储
label-last-seen = 最近联系
label-agreement = 协议
label-items = 事项数
label-live = 已开通（按城市对）
label-grants = 授权数
label-pinned = 已比对
label-file = 文件
label-code = 代码
label-meaning = 含义
label-hint = 处理办法
label-month = 月份
label-net = 净额
label-self-paid = 自付
label-amount = 金额
label-tracking = 邮件号码
label-kind = 类别
label-payer = 付款方
label-liable = 承担方
label-counts = 计入
label-from = 寄出
label-to = 寄往
label-leg = 寄递类型
label-pay = 付费方式
label-posted = 寄出日期
label-fault = 故障
label-engines = 引擎
label-arguments = 参数

## 语句

none = 无
never = 从未
link-up = 在线
link-down = 离线
link-own = 本市
due-runs = 进行中
due-overdue = 已超期
due-unknown = 缺年度日历
agreement-effective = 已生效
agreement-unsigned = 尚未全部签署
status-no-agreement = 尚无协议：请用 `tongban agreement invite` 交换邀请文件。
status-restore = 本次启动可能来自旧备份：请先连上其他城市，再签署新内容。
status-overdue = 超期办件
case-two-holders = 两市同时持有，须由一方放弃
file-fields = 表单
file-conflicts = 同时填写、须择一（用 `case edit --set`）
file-checklist = 清单
file-notes = 备注
settle-lines = 计入的费用
settle-waiting = 待对方确认的费用
settle-duplicates = 重复出现于两件邮件，均不计入：{ $numbers }
verify-sound = 全部完好。
verify-damaged = 受损文档：
evidence-written = 已写入 { $file }（{ $bytes } 字节）。
evidence-pushed = { $city } 移交了该办件，自称时间为 { $time }。
evidence-acked = { $city } 签收了该办件，自称时间为 { $time }。
evidence-holds = 证据成立，所有密钥均已比对。
scenario-sound = { $name }：{ $nodes } 个城市、{ $steps } 个步骤、{ $faults } 个故障、{ $expects } 项预期，没有错误。
init-done = 节点已初始化。
init-next = 下一步：
init-passphrase-file = 口令文件
invite-next = 请将文件发给发起城市，并通过其他途径互相核对指纹。
found-next = 请将 { $file } 发给各发起城市，由其用 `tongban agreement accept` 签署。
accept-compare = 签署前请通过电话或当面与各城市逐一核对指纹。
done-line = ✓ { $what }：{ $subject }
done-repeated = 这是同一幂等键先前调用的结果，没有重复办理。
remark-key = 幂等键：{ $key }
remark-retry = 重试请加：--idempotency-key { $key }

## 收件凭证

receipt-title = 收 件 凭 证
receipt-material = { $name }（{ $pages } 页）
receipt-notice-due = 一次性告知期限
receipt-promise = 承诺办理时限
receipt-promise-days = 受理后 { $days } 个工作日
receipt-note = 本凭证仅证明收到上述材料，不代表已受理。
receipt-sign = 窗口（盖章）：____________  申请人：____________

## 操作结果

done-agreement-found = 已发起协议
done-agreement-accept = 已签署协议
done-agreement-offer-grant = 已授权
done-agreement-take-grant = 已接受授权
done-agreement-withdraw-grant = 已撤回授权
done-agreement-suspend = 已暂停事项
done-agreement-resume = 已恢复事项
done-city-announce = 已公布
done-case-receive = 已收件
done-case-id-check = 已记录人证核验
done-case-original-check = 已记录原件核验
done-case-formal-pass = 形式审查通过
done-case-push = 已推送
done-case-ack = 已签收
done-case-first-look = 已记录首次查看
done-case-recall = 已撤回推送
done-case-decline = 已拒收推送
done-case-accept = 已受理
done-case-not-accept = 不予受理
done-case-notice = 已一次性告知
done-case-notice-served = 告知已送达
done-case-submit-correction = 已补正
done-case-review = 已记录实质审查
done-case-decide = 已决定
done-case-send-result = 结果已发出
done-case-served = 已送达
done-case-close = 已办结
done-case-edit = 已编辑卷宗
done-case-yield = 已放弃持有
done-case-retract = 已撤回
done-parcel-post = 已寄出
done-parcel-arrive = 已到件
done-parcel-open = 已开拆核对
done-parcel-cost = 已记费用
done-parcel-confirm = 已确认费用

## 操作名称

act-receive = 收件
act-id-check = 人证核验
act-original-check = 原件核验
act-formal-pass = 形式审查通过
act-push = 推送
act-ack = 签收
act-first-look = 首次查看
act-recall = 撤回推送
act-decline = 拒收
act-accept = 受理
act-not-accept = 不予受理
act-correction-notice = 一次性告知
act-notice-served = 告知送达
act-correction-submitted = 补正
act-substantive-review = 实质审查
act-decide = 决定
act-send-result = 发出结果
act-served = 送达
act-close = 办结
act-edit = 编辑卷宗
act-yield = 放弃持有
act-retract = 撤回操作
act-post = 寄出
act-arrive = 到件
act-open = 开拆核对
act-cost = 费用
act-confirm = 确认费用
act-unreadable = 无法读取

## 环节

stage-S00 = 草稿
stage-S10 = 已申报
stage-S20 = 已收件
stage-S21 = 形式审查通过
stage-S30 = 已推送
stage-S31 = 已撤回推送
stage-S40 = 属地已签收
stage-S41 = 待补正
stage-S42 = 已补正
stage-S50 = 已受理
stage-S51 = 视为受理
stage-S52 = 不予受理
stage-S53 = 不属本机关
stage-S60 = 审查中
stage-S61 = 特别程序
stage-S62 = 延长审批
stage-S70 = 准予
stage-S71 = 容缺通过
stage-S72 = 不予
stage-S80 = 结果已寄出
stage-S81 = 已送达
stage-S90 = 办结
stage-S91 = 撤回
stage-S92 = 补正超时办结
stage-S93 = 撤销
stage-S99 = 已归档

## 时限名称

clock-consult_answer = 会商答复
clock-push = 收件后推送
clock-originals_post = 原件寄出
clock-ack_wait = 推送签收
clock-recheck = 属地复核
clock-notice_5wd = 一次性告知
clock-correction = 申请人补正
clock-decide = 作出决定
clock-special = 特别程序
clock-result_send = 结果发出
clock-serve = 结果送达
clock-joint_step = 联办环节
clock-complaint = 投诉
clock-handover = 事项交接

## 词语：status

status-applied = 有效
status-void = 作废
status-denied = 不予认可
status-held = 暂缓
status-disputed = 有争议
status-unknown = 需升级

## 词语：kind

kind-agreement = 协议
kind-city = 城市
kind-case = 办件
kind-parcel = 邮件

## 词语：parcel

parcel-posted = 已寄出
parcel-arrived = 已到件
parcel-opened = 已开拆，相符
parcel-discrepancy = 已开拆，不符

## 词语：cost

cost-postage = 邮费
cost-redelivery = 改投费
cost-packing = 包装费
cost-insurance = 保价费
cost-refund = 退费
cost-compensation = 赔偿

## 词语：pay

pay-prepaid = 现付
pay-contract = 协议账户
pay-collect = 到付
pay-return-label = 对方回寄单

## 词语：leg

leg-L2 = 材料
leg-L3 = 结果到窗口
leg-L4 = 结果到申请人
leg-L5 = 退回
leg-L6 = 补正材料
leg-L7 = 改投

## 词语：postage

postage-ORIGIN_PAYS = 寄出地政府买单

## 列表与帮助

list-comma = 、
list-semicolon = ；
help-options = { "[" }选项]
help-subcommand = <命令>
help-word = { $word }（{ $meaning }）
help-words = { " " }[可选：{ $words }]
help-default = { " " }[默认：{ $value }]

## 命令行有误时

usage-subcommand = 没有“{ $word }”这个命令
usage-argument = 没有“{ $arg }”这个选项或参数
usage-value-missing = { $arg } 后面要写内容
usage-value = { $arg } 不能写“{ $value }”，可以写：{ $valid }
usage-missing = 缺少 { $args }
usage-no-subcommand = 缺少子命令
usage-twice = { $arg } 只能写一次
usage-conflict = { $arg } 与 { $prior } 不能同时写
usage-form = { $arg } 的内容“{ $value }”格式不正确
usage-count = { $arg } 的内容个数不正确
usage-utf8 = 参数不是 UTF-8 文字
usage-other = 命令行无法理解
usage-suggest = 是不是要写：{ $words }

## 占位文字

value-addr = 地址
value-case = 办件
value-city = 城市
value-code = 代码
value-count = 数量
value-day = 日期
value-dir = 目录
value-engine = 引擎
value-fault = 问题
value-fen = 分
value-file = 文件
value-fingerprint = 指纹
value-grams = 克
value-grant = 授权
value-item = 事项
value-key = 键
value-kind = 类别
value-lang = 语言
value-law = 法条
value-leg = 类型
value-list = 清单
value-means = 方式
value-month = 月份
value-name = 名称
value-number = 号码
value-outcome = 决定
value-parcel = 邮件
value-path = 路径
value-power = 权限
value-requirement = 要求编号
value-staff-no = 工号
value-stage = 环节
value-text = 文字
value-value = 值
value-version = 版本
value-way = 方式
value-yuan = 元

## 参数规则

rule-city = 城市写六位行政区划代码（如 330800）或成员城市的名称。已知城市：{ $given }
rule-division = 行政区划代码是六位数字，如 330800
rule-province = 行政区划代码的前两位是省级代码，应在 11 至 65 之间
rule-day-form = 日期写作 2026-09-07：四位年、两位月、两位日，以短横相连
rule-day-month = 月份只有 01 至 12
rule-day-none = 该月没有这一天
rule-month-form = 月份写作 2026-09：四位年、两位月
rule-yuan = 金额（元）写作 22、22.5 或 22.50：小数点，不用逗号，最多两位小数
rule-materials = 每项写作 要求编号:页数，以逗号相隔，如 M1:2,M2；页数为 1 至 65535
rule-material-twice = 要求编号 { $given } 写了两次，请合并页数
rule-defect = 问题写作 要求编号=问题，如 M2=缺失；问题有：缺失 missing、样式不符 wrong-form、无法辨认 unreadable、过期 expired、不一致 inconsistent
rule-field = 表单项写作 名称=值
rule-no-edit = 没有要编辑的内容：请用 --set、--remove、--check、--uncheck、--note 等至少一项
rule-case-check = 办件编号的校验位不符，请对照凭证重新录入
rule-case-form = 办件编号形如 TB-330800-260907-000123-2：城市、日期、流水号、校验位
rule-tracking-check = 邮件号码的校验位不符，请对照面单重新录入
rule-tracking-form = 邮件号码为 8 至 35 位字母、数字或短横；国际格式为两个字母、九位数字、两个字母
rule-id-old = 15 位身份号码已停用，请录入 18 位号码
rule-id-length = 身份号码应为 18 位
rule-id-form = 身份号码为 17 位数字加一位数字或 X
rule-id-birth = 身份号码中的出生日期（第 7 至 14 位）不存在
rule-id-check = 身份号码的校验位不符，请对照证件重新录入
rule-applicant-name = 申请人姓名不能为空
rule-officer = 经办人写工号，只用英文字母、数字和短横（如 QZ-0117），不写姓名
rule-reasons = 不予许可、不予受理须写明理由和救济途径：--text 或 --text-file
rule-address = 地址写作 主机:端口，如 0.0.0.0:7330
rule-passphrase-short = 口令至少 8 个字符
rule-stage = 环节写代码或名称：{ $given }
rule-fingerprint = 指纹写作 `agreement show` 所示的一组字母和数字，各组以短横相连；多个指纹以空格相隔
rule-unknown-key = 有未知的键 { $given }，请核对拼写或删除
rule-missing-key = 缺少键 { $given }
rule-unknown-word = 有未知的值 { $given }
rule-bad-value = 此处的写法或值的类型不正确

## 系统原因

io-not-found = 没有这个文件或目录
io-permission = 没有权限
io-directory = 这是一个目录
io-no-directory = 路径中有一段不是目录
io-exists = 已经存在
io-full = 磁盘已满
io-text = 内容不是 UTF-8 文字

## 证据不成立的原因

evidence-error-format = 不是证据文件
evidence-error-digest = 文件被改动过或不完整
evidence-error-encoding = 内容编码不正确
evidence-error-certificate = 证书不成立
evidence-error-signature = 签名不成立
evidence-error-agreement = 协议并非由全部发起城市签署
evidence-error-mismatch = 各项记录不属于同一次交接
evidence-error-untrusted = 有一方的指纹不在所给指纹之中

## 节点所指的字段

about-applicant-id-number = 申请人身份号码
about-applicant-name = 申请人姓名
about-applicant = 申请人信息
about-case-number = 办件编号
about-text = 文字说明
about-edits = 编辑内容
about-fen = 金额
about-idempotency-key = 幂等键
about-own-invitation-is-missing = 缺少本市的邀请文件
about-this-city-is-not-among-the-founders = 本市不在发起城市之中
about-another-encryption-certificate-of-this-city = 文件中是本市另一份加密证书
about-no-agreement-yet = 尚无协议
about-agreement = 协议
about-postage = 邮费

## 缺少的内容

missing-original = 核验原件 { $requirement }
missing-id-check = 人证核验
missing-formal-pass = 形式审查
guide-requirements = 操作指南第 { $version } 版的要求：{ $list }
hint-missing = 补齐后重试：{ $commands }
hint-possible = 现在可以办理：{ $commands }

## 办件进展

label-turn = 轮到
label-next = 下一步
label-also = 还可办理
label-handoff = 移交
label-outcome = 决定
label-missing = 尚缺
label-defects = 待补正
label-parcels = 邮件
label-details = 内容
label-officer-short = 经办人
case-wait = 等待{ $city }
case-all-stored = 存储：{ $stored }
case-nothing-next = 本市暂无可办
case-defect = { $requirement }：{ $fault }
handoff-here = { $from } → { $to }，待本市签收
handoff-stored = { $from } → { $to }，对方已存，待其签收
handoff-on-its-way = { $from } → { $to }，正在传送，对方尚未存妥
handoff-offline = { $from } → { $to }，对方离线，尚未送达；连上后自动送达
stored-own = 本市已存
stored-both = 两市均已存
stored-all = 各市均已存
stored-lacking = 待存：{ $cities }
state-bad = ✗ { $state }
due-unknown-hint = 缺该年度的工作日历，无法推算：请安装收录该年度官方放假安排的新版本，见 docs/operations.zh-CN.md。

## 协议条款

label-item-code = 事项编码
label-domain = 领域
label-licence = 许可
label-promise = 承诺工作日
yes = 是
no = 否
terms-items = 事项目录
terms-guides = 操作指南
terms-live = 已开通
terms-grants = 授权
terms-postage = 邮费规则
terms-guide = { $item } 第 { $version } 版，自 { $effective }，属地：{ $owners }
terms-need = { $id } { $name }（{ $marks }）
terms-must = 必交
terms-may = 视情况
terms-original = 验原件
terms-id-check = 另须人证核验
terms-live-line = { $item } 指南第 { $version } 版，自 { $effective }：{ $pairs }{ $state }
terms-suspended = （已暂停受理新办件）
terms-all-cities = 全部成员城市
terms-all-pairs = 各成员城市之间（{ $count } 对）
terms-every-item = 全部事项
terms-grant = { $id } { $pairs }：{ $items }；{ $powers }；{ $state }
terms-postage-line = 第 { $version } 版，自 { $effective }：{ $rule }
grant-of-terms = { "[" }条款所载]
grant-in-force = 有效
grant-offered = 待对方接受
grant-withdrawn = 已撤回
grant-next = 请把授权编号告诉{ $city }，由其执行：tongban agreement take-grant { $grant }

## 结算

settle-none = 该月尚无数据。
settle-waiting-own = 待本市确认的费用（用 `tongban parcel confirm 邮件号码`）
settle-due = 应收 { $amount }
settle-owed = 应付 { $amount }
label-other-city = 对方城市
label-due-to-us = 应收
label-owed-by-us = 应付

## 词语：means、outcome、delivery、fault、power、result、detail

means-on-the-spot = 当场
means-phone = 电话
means-sms = 短信
means-portal = 网上平台
means-post = 邮寄
outcome-granted = 准予
outcome-on-commitment = 容缺通过
outcome-refused = 不予
delivery-network = 网络
delivery-post-to-applicant = 邮寄申请人
delivery-post-to-window = 邮寄窗口
fault-missing = 缺失
fault-wrong-form = 样式不符
fault-unreadable = 无法辨认
fault-expired = 过期
fault-inconsistent = 不一致
power-G1a = 收件
power-G1b = 受理
power-G2 = 告知
power-G3 = 原件核验
power-G4 = 人证核验
power-G5 = 结果发放
result-passed = 相符
result-failed = 不符
detail-result = 结果
detail-outcome = 决定
detail-to = 送至
detail-on = 日期
detail-means = 方式
detail-delivery = 发出
detail-defects = 问题
detail-materials = 材料
detail-seen = 已验原件
detail-basis = 依据
detail-submission = 第几次申报
detail-guide = 指南版本

## 初始化

init-root-inside = 城市根密钥在 { $path }。它就是这座城市：请把它连同口令移到离线介质上保存两份，再从本机删除；节点运行用不着它。
init-root-outside = 城市根密钥已写到 { $path }。请把该介质离线保存，并另做一份备份；节点运行用不着它。
init-root-hint = （下次可用 --root-key-out 直接写到离线介质。）
init-passphrase-make = `tongband run` 从文件读取口令。用此命令建立只有本用户能读的文件，输入口令后按回车和 Ctrl-D：(umask 077; cat > { $file })
init-passphrase-open = 警告：口令文件 { $file } 其他用户也能读取。请执行：chmod 600 { $file }
evidence-unpinned = 没有给出指纹的城市：{ $cities }
receipt-missing = 尚缺材料

## 可以给出的命令

do-case-id-check = 人证核验
do-case-original-check = 原件核验
do-case-formal-pass = 形式审查通过
do-case-push = 推送
do-case-ack = 签收
do-case-first-look = 首次查看
do-case-recall = 撤回推送
do-case-decline = 拒收
do-case-accept = 受理
do-case-not-accept = 不予受理
do-case-notice = 一次性告知
do-case-notice-served = 告知送达
do-case-submit-correction = 补正
do-case-review = 实质审查
do-case-decide = 决定
do-case-send-result = 发出结果
do-case-served = 结果送达
do-case-close = 办结
do-case-edit = 编辑卷宗
do-case-yield = 放弃持有
do-case-retract = 撤回有争议的操作

## 特定命令的提示与说明

E_ALREADY-hint-init = 该目录已有节点：直接用 `tongband run` 启动，或用 --dir 另选目录；若是上次 init 中断留下的文件，请先移走
E_GRANT-hint-parcel-arrive = 到件由收件的城市登记；本市寄出的邮件请等待对方登记
E_NO_POWER-hint-parcel-arrive = 到件由收件的城市登记；本市寄出的邮件请等待对方登记
E_NO_POWER-hint-parcel-open = 开拆由收件的城市登记；本市寄出的邮件请等待对方登记
E_NO_POWER-hint-parcel-confirm = 本市登记的费用由对方城市确认；写错了用 `tongban parcel retract` 撤回
E_NOT_FOUND-hint-parcel-confirm = 只能确认对方城市登记的费用：本市登记的由对方确认，用 `tongban parcel show` 查看
E_NOT_FOUND-hint-agreement-take-grant = 请用授权方 `agreement grant` 打印的编号，或用 `tongban agreement show` 查看；条款所载的授权随协议生效，无需接受
own-export-opt-output = 输出文件（必填）
own-found-opt-output = 协议文件的输出位置 [默认：标准输出]
opt-mine = 仅列本市现在可办的办件，并列出通常的下一步
opt-full = 显示完整编号，不限宽度（办件另显示完整电话）
arg-offered-grant = 授权方 `agreement grant` 打印的授权编号，或其唯一开头
help-parcel-retract = 撤回本市登记而对方尚未确认的费用
done-parcel-retract = 已撤回费用

help-sim = 虚拟世界中的大量演练
help-sim-swarm = 播放许多种子并检查不变量
opt-seeds = 种子数
opt-from = 第一个种子
opt-cities = 城市数的下限和上限，如 2..7
opt-hours = 每次演练的虚拟小时数
opt-twice = 每个种子播放两次并比较轨迹
value-range = 范围
label-seeds = 种子数
label-times = 次数
swarm-progress = 已完成 { $count }/{ $of } 个种子
swarm-summary = { $seeds } 个种子，{ $violations } 个违反不变量；每秒 { $speed } 城市小时，为实际时间的 { $times } 倍；轨迹 { $trace }

# 设备密钥

help-key = 本市的设备密钥：查看、吊销、保留
help-key-list = 列出本市设备、暂缓的记录和已证实的分叉
help-key-revoke = 把吊销文件记入各协议
help-key-retain = 确认被吊销设备的哪些记录保留，其余作废
value-document = 文档
value-entry = 记录
opt-without = 不保留的记录（及该设备在其上签署的内容）；可重复
opt-dry-run = 只显示结果，不签署
label-device = 设备证书
label-device-name = 名称
label-issued = 签发
key-state-current = 使用中
key-state-earlier = 以前使用
key-state-revoked = 已吊销
key-heads = 协议 { $agreement } 的最新记录（吊销时可用 --keep 保留到此）：{ $heads }
key-nothing-held = 没有暂缓的记录。
key-held = 被吊销设备签署、尚无其他城市据以办理的记录暂缓：
key-held-hint = 请逐条核对，再运行 tongban key retain（用 --without 排除不是本市所为的记录；先加 --dry-run 查看）。
key-forks = 同一设备在同一位置签署了两条不同记录（已证实的分叉）：
key-would-stay = 将保留：
key-would-fall = 将作废：
key-dry-run = 以上只是预览，没有签署。
done-key-revoke = 已记入吊销
done-key-retain = 已确认保留的记录
act-retain = 确认保留
act-revoke = 吊销设备
help-evidence-fork = 导出同一设备双重签署的证明
fork-holds = 证明成立：该设备在同一位置签署了两条不同记录。
fork-unpinned = 签名成立，但没有给出可信指纹：加 --trust 指纹后才能说明是哪座城市 [E_UNPINNED]
status-copied = 注意：{ $cities } 发现另有节点在使用本节点的密钥。节点目录可能被复制，请立即停掉其中一个。
status-doubled = 注意：{ $cities } 有两个节点在使用同一密钥，请电话核对。
status-forks = 注意：{ $count } 份文档中有设备在同一位置签署了两条记录，见 tongban key list。
status-revoked = 注意：本节点的设备已被吊销，不能再签署。请运行 tongband rotate 后重新启动。
status-returning = 正在向 { $cities } 取回本市可能丢失的记录；取回前，相关办件的移交和决定暂不能签署。

## File bundles

help-bundle = 以文件代替网络连接交换数据
help-bundle-export = 把对方尚未确认的内容写成文件
help-bundle-import = 导入其他城市写的文件
opt-all = 写出全部历史，包括对方已确认的内容
label-new = 本节点新增
label-known = 原已存有
label-written = 写出时间
label-part = 分卷
label-receipts = 回执
bundle-written = 已写入 { $file }（{ $bytes } 字节，{ $entries } 条记录）。
bundle-nothing-new = 没有新内容给该城市，文件中只有回执。
bundle-open = 有 { $count } 条记录未存入：在等待其他记录，或已被拒绝。
bundle-part-missing = 缺少之前的分卷或文件。请先导入，再重新导入本文件。
bundle-again = 本节点缺少曾经确认过的内容。给{ $city }的下一个文件会请求全部历史。
bundle-older = 之前已导入该城市更新的文件；再导入本文件没有害处。
about-bundle = 文件包
about-recipient = 文件是给其他城市的

help-backup = 节点的备份
help-backup-create = 给运行中的节点加一份备份，只复制新增的部分
help-backup-verify = 校验备份里的每个文件，不需要节点
help-backup-restore = 把最新的备份恢复到没有节点运行的目录
arg-backup = 备份目录
opt-with-keys = 把设备密钥和加密密钥（已用口令封存）也放进去；根密钥从不放入
opt-trial = 另外在旁边试恢复一次，读每条记录，然后删除
opt-into = 节点的目录
opt-replace = 目录里已有数据时，用它代替手工输入城市名称
label-backup-number = 备份号
label-backup-size = 大小
label-backup-new = 其中新增
label-known-as = 名称
backup-working = 节点正在备份，窗口可以照常办理。
backup-progress = 已校验 { $percent } %
backup-keys-in = 备份里有设备密钥和加密密钥，已用口令封存。请像保管密钥一样保管它。
backup-keys-out = 备份里没有密钥。恢复时需要节点目录里的 device.key 和 encryption.key，请另行保管。
backup-next = 现在校验一次，用之前再校验一次：{ $line }
backup-trial = 试恢复读了 { $records } 项数据。
backup-sound = 备份完好。
backup-damaged = 备份已受损：
backup-file-missing = 缺少：{ $file }
backup-file-changed = 已改变：{ $file }
backup-damaged-hint = 趁节点还在运行，请在另一个目录重新备份；不要用这份恢复。
restore-occupied = 目录里已有数据。它们会改名为 db.before-restore-N 放在一边，不会删除。
restore-free = 目录里没有数据。
restore-dry = 没有做任何改动。
restore-type-name = 要继续，请输入城市名称（{ $city }）
restore-done = 已恢复到 { $dir }。
restore-aside = 原来的数据在旁边的 db.before-restore-N 里；确认无用后请手工删除。
restore-missing = 启动节点之前，请放入这些文件：{ $files }
restore-possible = 节点会把自己当作可能恢复过：启动后，请先连上其他城市，再签署新内容。
verify-hint = 其他城市也有的内容可以向它们重新取得；其余的请从备份恢复：tongban backup restore DIR --into DATADIR
status-scrubbing = 正在第一次通读全部存储数据。
status-scrubbed = 全部存储数据已于 { $time } 通读：{ $records } 项。
status-scrub-damaged = 发现受损数据：
opt-report = 把这次运行（对种子群为每个失败的运行）画成一个 HTML 文件，放在这个目录
scenario-drawn = 运行图：{ $file }
arg-document = 办件编号、邮件号码，或文档编号的唯一前缀

opt-jobs = 同时播放的种子数；默认与处理器数相同
opt-record = 记录演练，每个事件精确到毫秒：剧本文件；对种子群为文件夹，存放缩小后的失败演练
label-fault-id = 编号
swarm-rare = 以下故障在不足百分之一的种子中出现：{ $faults }
swarm-recorded = 用 { $events } 个事件即可违反同一不变量
swarm-not-drawn = 种子 { $seed } 没有运行图：运行未到结尾

opt-audit = 先与每个在线城市核对双方共有的记录，再显示
status-mending = 正在向其他城市重新索取的受损记录：{ $count } 条
status-audit-same = 与{ $city }同有 { $count } 条记录，指纹 { $hash }（{ $time }）
status-audit-differs = 与{ $city }不一致（{ $time }）：本地 { $here } 条，对方 { $there } 条；本地缺 { $lacking } 条（正在补取 { $fetching } 条），对方缺 { $lacking-there } 条，在途 { $coming } 条
key-encryption = 第 { $serial } 个加密密钥，签发于 { $issued }
key-encryption-earlier = 旧加密密钥，保留到各成员都得知新密钥为止：{ $count } 个
key-encryption-due = 加密密钥已用满一个月。请更换：tongband rotate --encryption，然后重新启动节点。
# 试用后补充
turned-away = 注意：{ $cities } 总在互相问候后断开连接。本节点的设备可能已被吊销，或对方版本不同：请电话核对，并运行 tongban key list。
held-count = 有 { $count } 条记录暂缓，在：{ $documents }。见 tongban key list。
agreement-head = ({ $state })，编号 { $id }
key-full-hint = `tongban key list --full` 显示 --keep 所需的完整编号。
about-held-entries = 没有暂缓的记录
opt-agreement = 协议编号的开头 [默认：唯一的协议，或唯一生效的协议]
opt-again = 已有同一代码的协议，仍再发起一份
value-agreement = 协议
E_DUPLICATE-hint-agreement-found = 本节点已有同一代码的协议：用 `tongban agreement show` 查看；确要另发起一份，加 --again
E_NO_POWER-hint-case-accept = 受理由属地城市办理：请先推送给{ $city }（`tongban case push`）
E_NO_POWER-hint-case-not-accept = 不予受理由属地城市作出：请先推送给{ $city }（`tongban case push`）
E_NO_POWER-hint-case-decide = 决定由属地城市作出：请先推送给{ $city }（`tongban case push`）
E_NO_POWER-hint-case-id-check = 人证核验由收件城市办理：请退回{ $city }（`tongban case push`）
E_NO_POWER-hint-case-original-check = 原件核验由收件城市办理：请退回{ $city }（`tongban case push`）
E_NO_POWER-hint-case-formal-pass = 形式审查由收件城市办理：请退回{ $city }（`tongban case push`）
E_NO_POWER-hint-case-submit-correction = 补正由收件城市记录：请退回{ $city }（`tongban case push`）
E_NO_POWER-hint-agreement-take-grant = 授权方自己没有所授的权限：须由属地城市直接授权
E_NO_POWER-hint-agreement-offer-grant = 只能授出本市自己的权限
date-future = 日期晚于今天：请核对 --on
about-future = 晚于今天
prompt-left = 什么都没有发出，请重新执行命令
E_NO_KEY = 缺少密钥文件
E_NO_KEY-hint = 把文件放到所示位置；城市根密钥用 --root-key FILE 指定
E_OTHER_CITY = 备份属于另一座城市，没有做任何改动
E_OTHER_CITY-hint = 请核对备份目录和 --into 的目录
E_NO_BACKUP = 这个目录里没有备份
E_NO_BACKUP-hint = 请指定 tongban backup create 所用的目录
E_CITY_NAME = 城市名称不符，没有做任何改动
E_CITY_NAME-hint = 请照“节点所属城市”一行输入完整名称，如 衢州市
E_NO_BUNDLE = 这不是文件包
E_NO_BUNDLE-hint = 请选择对方用 `tongban bundle export` 写出的文件
E_BUNDLE_CHANGED = 文件在途中被改动，或不完整
E_BUNDLE_CHANGED-hint = 请对方重新导出后再给一次；本节点没有受损
about-own-city = 不能导出给本市自己
about-no-handoff-yet = 还没有一次已签收的移交
about-no-fork = 该文档中没有双重签署
about-this-node-s-own-device = 本节点自己的设备：请先运行 tongband rotate，再由新设备记入
about-backups-of-another-city = 该目录是另一座城市的备份，请另选目录
about-folder-is-no-backup = 该目录里有别的内容，请选空目录或原备份目录
io-refused = 连接被拒绝
io-read-only = 磁盘只读
io-not-empty = 目录不是空的
io-timed-out = 等待超时
io-broken = 连接中断
os-error = 系统错误 { $number }
evidence-strange = 所给指纹不属于文件中的任何城市，请核对：{ $fingerprints }
label-backup-city = 备份所属城市
label-backup-made = 备份时间
label-target-city = 节点所属城市
label-running = 节点在运行
document-agreement = 协议
document-city = 城市
document-case = 办件
document-parcel = 邮件
parcel-miscount = 件数不符：寄出登记 { $posted } 件，开拆清点 { $found } 件。
E_STATE-hint-parcel-open = 先用 `tongban parcel arrive` 登记到件
E_ALREADY-hint-parcel-confirm = 这笔费用已经确认过，无需再办
E_ALREADY-hint-parcel-arrive = 到件已经登记过，无需再办
E_ALREADY-hint-parcel-open = 开拆已经登记过，无需再办
about-a-signature-in-the-file-does-not-hold = 文件中的签名不成立
about-the-file-is-damaged = 文件已损坏
about-this-is-not-a-invitation-file = 这不是邀请文件
about-this-is-not-a-founding-file = 这不是协议文件
about-this-is-not-a-revocation-file = 这不是吊销文件
rule-invitation = 邀请文件由对方用 `tongban agreement invite` 写出，不可改动：请重新索取
